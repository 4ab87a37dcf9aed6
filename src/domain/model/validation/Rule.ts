import type * as Board from "../Board.ts"
import type * as Command from "../Command.ts"
import type * as Event from "../Event.ts"

/** A rule that every board must follow: returns a sentence for each violation, with the remedy. */
export type Rule = (board: Board.Any) => ReadonlyArray<string>

/** The members of a list whose name an earlier member has. */
export const duplicates = <A>(list: ReadonlyArray<A>, nameOf: (a: A) => string): ReadonlyArray<A> =>
  list.filter((a, n) => list.findIndex((other) => nameOf(other) === nameOf(a)) < n)

export const emits = ({ emits }: Command.Any): ReadonlyArray<Event.Any> => emits
export const rejects = ({ rejects }: Command.Any): ReadonlyArray<Event.Any> => rejects
export const reads = ({ reads }: { readonly reads: ReadonlyArray<Event.Any> }) => reads
