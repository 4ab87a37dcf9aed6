import type { Schema } from "effect"
import type * as Actor from "./Actor.ts"
import type { AnyAutomation } from "./Automation.ts"
import type * as Command from "./Command.ts"
import type * as Event from "./Event.ts"
import type * as Key from "./Key.ts"
import type * as Projection from "./Projection.ts"
import type * as Scenario from "./Scenario.ts"

export * from "./Automation.ts"

/** A column of the board. */
export type Any = CommandSlice<any> | View<any, any> | AnyAutomation

export interface Column {
  readonly title: string
  /** The text of the yellow note. Each rule is the name of a scenario of this slice, or of a view that reads its events. */
  readonly rules: ReadonlyArray<string>
}

/** A change: an endpoint, a command, events. */
export interface CommandSlice<C extends Command.Any> extends Column {
  readonly _tag: "Change"
  readonly by: Actor.Endpoint
  readonly command: C
  readonly scenarios: Scenario.Named<Scenario.OfCommand<C>>
}

/** A view: events, a read model, a screen. `key` names a row; every event that the read model reads carries its words. */
export interface View<P extends Projection.Any, K extends Key.Key> extends Column {
  readonly _tag: "View"
  readonly by: Actor.Endpoint
  readonly shows: P
  readonly key: K
  /**
   * What an authenticated caller sees of a row: all of it, a part, or none. Without it, everyone who may use the endpoint sees
   * all rows. Operators see them all.
   */
  readonly sees?: (caller: Actor.Identity, row: P["state"]["Type"], key: Key.Of<K>) => P["state"]["Type"] | undefined
  readonly scenarios: Scenario.Named<Scenario.OfView<P, K>>
}

export const command = <C extends Command.Any>(slice: Omit<CommandSlice<C>, "_tag">): CommandSlice<C> => ({
  _tag: "Change",
  ...slice
})

/** A projection that can be a view with this key; else the reason why not, which the compiler shows. */
type Viewable<P extends Projection.Any, K extends Key.Key> =
  P["state"] extends Schema.Struct<Schema.Struct.Fields>
    ? [Event.LackingKey<P["reads"][number], K>] extends [never]
      ? P
      : `The event ${Event.LackingKey<P["reads"][number], K>["Type"]["_tag"]} lacks a field of the view's key`
    : "The state of a view must be a Schema.Struct"

export const view = <const K extends Key.Key, P extends Projection.Any>(
  slice: Omit<View<P, K>, "_tag"> & { readonly shows: Viewable<P, K> }
): View<P, K> => ({ _tag: "View", ...slice })
