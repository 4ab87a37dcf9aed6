import type * as Board from "../Board.ts"
import type * as Command from "../Command.ts"
import type * as Event from "../Event.ts"

/** Something every board holds to: the sentences that say where this one does not, and what to do. */
export type Rule = (board: Board.Any) => ReadonlyArray<string>

/** The members of a list that stand in it again, by what they are called. */
export const duplicates = <A>(list: ReadonlyArray<A>, nameOf: (a: A) => string): ReadonlyArray<A> =>
  list.filter((a, n) => list.findIndex((other) => nameOf(other) === nameOf(a)) < n)

export const emits = ({ emits }: Command.Any): ReadonlyArray<Event.Any> => emits
export const rejects = ({ rejects }: Command.Any): ReadonlyArray<Event.Any> => rejects
export const reads = ({ reads }: { readonly reads: ReadonlyArray<Event.Any> }) => reads
