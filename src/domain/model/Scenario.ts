import type * as Actor from "./Actor.ts"
import type * as Command from "./Command.ts"
import type * as Event from "./Event.ts"
import type * as Key from "./Key.ts"
import type * as Message from "./Message.ts"
import type * as Projection from "./Projection.ts"

/** The circumstances of a command, where its rule depends on them. */
export interface Circumstances {
  /** When the command is sent: `2027-03-01T18:00:00Z`. By default midnight of 2022-12-12, UTC. */
  readonly at?: string
  /** Who sends it. By default the actor of its slice, about whom nothing is known. */
  readonly by?: Actor.Identity
  /** The ids and secrets that the command derives, by purpose: for a generated field of the input, its name. */
  readonly ids?: Readonly<Record<string, string>>
}

/** An executable rule: given these events, when this command is executed, then this is its decision. */
export interface OfCommand<C extends Command.Any> extends Circumstances {
  readonly given: ReadonlyArray<Command.ReadEvent<C>>
  readonly when: Command.Request<C>
  readonly then: ReturnType<C["decide"]>
}

/** Given these events, then the row named by `at` has this state. */
export interface OfView<P extends Projection.Any, K extends Key.Key> {
  readonly given: ReadonlyArray<Event.Of<P["reads"]>>
  readonly at: Key.Of<K>
  readonly then: Projection.State<P>
}

/** Given these events, when this event arrives, then these events follow, or none. */
export interface OfAutomation<Events extends ReadonlyArray<Event.Any>, C extends Command.Any> extends Circumstances {
  readonly given: ReadonlyArray<Command.ReadEvent<C>>
  readonly when: Event.Of<Events>
  readonly then: ReturnType<C["decide"]>
}

/** When this event arrives, then these messages are sent, or none. */
export interface OfMessages<Events extends ReadonlyArray<Event.Any>, Messages extends ReadonlyArray<Message.Any>> {
  readonly when: Event.Of<Events>
  readonly then: ReadonlyArray<Message.Of<Messages>>
}

/** The scenarios of a slice, by their sentence on the board. */
export type Named<S> = Readonly<Record<string, S>>
