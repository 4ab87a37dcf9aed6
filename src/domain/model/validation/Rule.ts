import type * as Board from "../Board.ts"
import type * as Command from "../Command.ts"
import type * as Event from "../Event.ts"

/** Something every board holds to: the sentences that say where this one does not, and what to do. */
export type Law = (board: Board.Any) => ReadonlyArray<string>

/** The members of a list that stand in it again, by what they are called. */
export const repeated = <A>(list: ReadonlyArray<A>, called: (a: A) => string): ReadonlyArray<A> =>
  list.filter((a, n) => list.findIndex((other) => called(other) === called(a)) < n)

export const emits = ({ emits }: Command.Any): ReadonlyArray<Event.Any> => emits
export const refuses = ({ refuses }: Command.Any): ReadonlyArray<Event.Any> => refuses
export const reads = ({ reads }: { readonly reads: ReadonlyArray<Event.Any> }) => reads
