import { Effect } from "effect"
import { Board, Boundary } from "#domain/model/index.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { appendTo } from "./appendTo.ts"
import { testMetadata } from "./libraryFixtures.ts"

/** Appends the given events to the log, event stream by event stream. */
export const appendGiven = Effect.fnUntraced(function* (board: Board.Any, given: ReadonlyArray<DomainEvent>) {
  const log = yield* EventLog
  const lanes = Board.laneOf(board)
  const withStream = given.map((event) => ({
    event,
    streamId: Boundary.streamId(lanes.get(event._tag)!.boundary, event)
  }))
  for (const [key, group] of Map.groupBy(withStream, ({ streamId }) => Boundary.format(streamId))) {
    const { streamId } = group[0]!
    const events = group.map(({ event }) => event)
    yield* appendTo(log, streamId, yield* log.read(streamId), events, testMetadata(`given ${key}`))
  }
})
