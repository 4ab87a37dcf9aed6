import * as Board from "../Board.ts"
import * as Event from "../Event.ts"
import * as Lane from "../Lane.ts"
import type * as Projection from "../Projection.ts"
import * as Upcast from "../Upcast.ts"
import { reads, type Rule } from "./Rule.ts"

const named = (shape: Event.Any) => `${shape.identifier} version ${Event.version(shape)}`

/** Whether the shapes that an older one becomes end in events of the board. */
const leadsToEvents = (board: Board.Any) => {
  const events = new Set(Board.events(board))
  const older = new Map(Board.olderShapes(board).map((each) => [each.shape as Event.Any, each]))
  const leads = (shape: Event.Any, before: ReadonlyArray<Event.Any>): boolean => {
    if (events.has(shape)) return true
    const next = older.get(shape)
    return (
      next !== undefined &&
      !before.includes(shape) &&
      Event.successors(next).every((each) => leads(each, [...before, shape]))
    )
  }
  return (shape: Event.Any) => leads(shape, [])
}

const olderBecomesAnEvent: Rule = (board) => {
  const leads = leadsToEvents(board)
  return Board.olderShapes(board).flatMap((older) =>
    Event.successors(older)
      .filter((next) => !leads(next))
      .map(
        (next) =>
          `${named(older.shape)} becomes ${named(next)}, which is no event of the board and leads to none: ` +
          "add that to events, retired or older of a lane."
      )
  )
}

const olderStaysInItsBoundary: Rule = (board) => {
  const laneOfShape = new Map(
    board.lanes.flatMap((lane) => Lane.storedShapes(lane).map((shape) => [shape, lane] as const))
  )
  return board.lanes.flatMap((lane) =>
    (lane.older ?? []).flatMap((older) =>
      Event.successors(older).flatMap((next) => {
        const other = laneOfShape.get(next)
        return !other || other.boundary === lane.boundary
          ? []
          : [
              `${named(older.shape)} of the boundary ${lane.boundary.name} becomes ${named(next)} of ${other.boundary.name}: ` +
                `the log has it in an event stream of ${lane.boundary.name}, where ${next.identifier} is not looked for. ` +
                "Let it become events of its own boundary."
            ]
      })
    )
  )
}

/** A read of the newest event of each type finds the newest message of each type, which must stand for one event. */
const newestReadsOneEventEach: Rule = (board) =>
  Board.projections(board)
    .filter(({ history }: Projection.Any) => history === "newest")
    .flatMap((projection) =>
      reads(projection)
        .flatMap((event) => Upcast.olderOf(board, event))
        .filter((older) => Event.successors(older).length !== 1)
        .map(
          (older) =>
            `The state ${projection.name} reads only the newest event of each type, and ${named(older.shape)} becomes ` +
            `${Event.successors(older).length} events: let ${projection.name} read the whole history or snapshots.`
        )
    )

/** Rules of older shapes: each leads to events of the board, where these are looked for. */
export const upcastRules: ReadonlyArray<Rule> = [olderBecomesAnEvent, olderStaysInItsBoundary, newestReadsOneEventEach]
