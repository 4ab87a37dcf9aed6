import * as Board from "./Board.ts"
import * as Boundary from "./Boundary.ts"
import type * as Command from "./Command.ts"
import type * as Event from "./Event.ts"
import { InvalidDecision } from "./InvalidDecision.ts"
import * as Key from "./Key.ts"
import * as Lane from "./Lane.ts"
import { maxEvents, TooManyEvents } from "./TooManyEvents.ts"
import * as Upcast from "./Upcast.ts"

export { InvalidDecision, maxEvents, TooManyEvents }

type AnyEvent = Event.Any["Type"]

const isEvents = (decision: unknown): decision is ReadonlyArray<AnyEvent> => Array.isArray(decision)

const identifiersOf = (types: ReadonlyArray<Event.Any>): ReadonlySet<string> =>
  new Set(types.map(({ identifier }) => identifier))

const tagOf = (value: unknown): string | undefined => (value as AnyEvent | null | undefined)?._tag

/**
 * Checks what `decide` returned: at most `maxEvents` events that the command declares, all of them in event streams that it
 * guards; or a rejection that it declares. `guarded` are the guarded event streams, as `Boundary.format` writes them.
 * Returns the error, or `undefined`.
 */
export const checker = (board: Board.Any) => {
  const lanes = Board.laneOf(board)
  const olderShapes = new Set(Board.olderShapes(board).map(({ shape }): Event.Any => shape))
  const declared = new Map(
    Board.commands(board).map((command) => [
      command,
      { events: identifiersOf(command.emits), rejections: identifiersOf(command.rejects) }
    ])
  )

  return (
    command: Command.Any,
    guarded: ReadonlyArray<string>,
    decision: unknown
  ): InvalidDecision | TooManyEvents | undefined => {
    const { events, rejections } = declared.get(command)!
    const invalid = (reason: string) =>
      new InvalidDecision({ command: command.name, guarded: guarded.join(" and "), reason })
    if (!isEvents(decision)) {
      const rejection = tagOf(decision)
      if (rejection === undefined)
        return invalid(`Its decide returned ${typeof decision}: return events or a rejection.`)
      return rejections.has(rejection)
        ? undefined
        : invalid(`Its decide returned ${rejection}, which is not in its rejects: declare it there.`)
    }
    if (decision.length > maxEvents) return new TooManyEvents({ command: command.name, count: decision.length })
    for (const event of decision) {
      const type = tagOf(event)
      const lane = type === undefined || !events.has(type) ? undefined : lanes.get(type)
      if (!lane) return invalid(`Its decide returned the event ${type}, which is not in its emits: declare it there.`)
      if (olderShapes.has(Upcast.shapeOf(event)))
        return invalid(`Its decide returned the event ${type} in an older shape: return it in the newest one.`)
      const streamIds = Lane.tryStreamIds(lane, event)
      if (streamIds instanceof Key.InvalidKey)
        return invalid(`Its decide returned the event ${type}. ${streamIds.message}`)
      const unguarded = streamIds.map(Boundary.format).find((streamId) => !guarded.includes(streamId))
      if (unguarded !== undefined) {
        return invalid(
          `Its decide returned the event ${type} of ${unguarded}, which is another event stream: ` +
            `take the fields of its key from the command's input, or let the command guard that event stream.`
        )
      }
    }
    return undefined
  }
}

export type Checker = ReturnType<typeof checker>
