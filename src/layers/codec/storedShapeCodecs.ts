import { Board, Boundary, Event, Lane, Upcast } from "#domain/model/index.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { eventCodec } from "./eventCodec.ts"

/**
 * The codecs of every shape in which the log may have an event. `upcast` of an older shape returns what readers see of an event in
 * it, or throws why there is nothing to see.
 */
export const storedShapeCodecs = (board: Board.Any) => {
  const older = new Set(Board.olderShapes(board).map(({ shape }): Event.Any => shape))
  const upcast = upcaster(board)
  return Board.storedShapes(board).map((shape) => ({
    ...eventCodec(board, shape),
    shape,
    upcast: older.has(shape) ? upcast(shape) : undefined
  }))
}

export type StoredShapeCodecs = ReturnType<typeof storedShapeCodecs>

const upcaster = (board: Board.Any) => {
  const newest = Upcast.toNewest(board)
  const lanes = Board.laneOf(board)
  /** The event stream of an event, in the boundary of the message that it was read from. */
  const streamIdOf = (event: DomainEvent, boundary: string) => {
    const own = Lane.boundaries(lanes.get(event._tag)!).find(({ name }) => name === boundary)
    return own && Boundary.format(Boundary.streamId(own, event as never))
  }
  return (shape: Event.Any) =>
    (event: DomainEvent, streamId: string): ReadonlyArray<DomainEvent> => {
      const name = `the upcast of ${shape.identifier} version ${Event.version(shape)}`
      try {
        const [boundary = ""] = streamId.split("/", 1)
        const events = newest(event)
        const moved = events.find((each) => (streamIdOf(each, boundary) ?? streamId) !== streamId)
        if (moved) throw new Error(`${moved._tag} would be of another event stream: let the upcast keep the key`)
        return events
      } catch (error) {
        throw new Error(`${name} failed: ${errorMessage(error)}`, { cause: error })
      }
    }
}
