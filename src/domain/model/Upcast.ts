import * as Board from "./Board.ts"
import * as Event from "./Event.ts"

type AnyEvent = Event.Any["Type"]

/** The shape of an event: the class that it is an instance of. */
export const shapeOf = (event: AnyEvent): Event.Any => event.constructor as unknown as Event.Any

const olderByShape = (board: Board.Any) =>
  new Map(Board.olderShapes(board).map((older) => [older.shape as Event.Any, older]))

/**
 * What readers see of a stored event: itself, or what the upcasts from its older shape lead to, which may be several events or
 * none. Throws what an upcast throws, or that it returned an event that is not in its `into`.
 */
export const toNewest = (board: Board.Any) => {
  const known = olderByShape(board)
  const newest = (event: AnyEvent): ReadonlyArray<AnyEvent> => {
    const older = known.get(shapeOf(event))
    if (!older) return [event]
    const declared = Event.successors(older)
    const returned: AnyEvent | ReadonlyArray<AnyEvent> = older.upcast(event)
    return [returned].flat().flatMap((next) => {
      if (declared.includes(shapeOf(next))) return newest(next)
      throw new Error(`the upcast returned ${String(next?._tag)}, which is not in its into: declare it there`)
    })
  }
  return newest
}

/** Older shapes that lead to an event, the newest first. */
export const olderOf = (board: Board.Any, event: Event.Any): ReadonlyArray<Event.AnyOlder> => {
  const found = new Set<Event.AnyOlder>()
  const visit = (shape: Event.Any): void => {
    for (const older of Board.olderShapes(board)) {
      if (found.has(older) || !Event.successors(older).includes(shape)) continue
      found.add(older)
      visit(older.shape)
    }
  }
  visit(event)
  return [...found]
}

/** The names under which the log may have these events: their own, and those of older shapes that lead to them. */
export const storedTypes = (board: Board.Any, events: ReadonlyArray<Event.Any>): ReadonlyArray<string> => {
  const older = events.flatMap((event) => olderOf(board, event)).map(({ shape }): Event.Any => shape)
  return [...new Set([...events, ...older].map(({ identifier }) => identifier))]
}
