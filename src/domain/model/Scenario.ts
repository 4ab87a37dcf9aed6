import type * as Command from "./Command.ts"
import type * as Event from "./Event.ts"
import type * as Key from "./Key.ts"
import type * as Projection from "./Projection.ts"

/** A rule made executable: given these facts, when this command comes, then this is decided. */
export interface OfCommand<C extends Command.Any> {
  readonly given: ReadonlyArray<Event.Of<C["state"]["reads"]>>
  readonly when: Command.Input<C>
  readonly then: ReturnType<C["decide"]>
}

/** Given these facts, then the row named by `at` reads so. */
export interface OfView<P extends Projection.Any, K extends Key.Key> {
  readonly given: ReadonlyArray<Event.Of<P["reads"]>>
  readonly at: Key.Of<K>
  readonly then: Projection.State<P>
}

/** Given these facts, when this fact comes, then these facts follow, or nothing does. */
export interface OfAutomation<Events extends ReadonlyArray<Event.Any>, C extends Command.Any> {
  readonly given: ReadonlyArray<Event.Of<C["state"]["reads"]>>
  readonly when: Event.Of<Events>
  readonly then: ReturnType<C["decide"]>
}

/** The scenarios of a slice, by the sentence on the post-it. */
export type Named<S> = Readonly<Record<string, S>>
