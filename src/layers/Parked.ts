import { Context, type Effect } from "effect"

/** How many facts are parked, for each follower that has any, by the name it has on the wall. Optional: who parks, provides it. */
export class Parked extends Context.Service<
  Parked,
  { readonly counts: Effect.Effect<Readonly<Record<string, number>>> }
>()("layers/Parked") {}
