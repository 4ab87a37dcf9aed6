import { Result } from "effect"
import { Board, Boundary, Lane } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { subjectClassifier } from "#layers/codec/subjectClassifier.ts"
import type { EventView } from "#layers/contract/eventSchema.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"
import { type DomainEvent, eventsOf } from "#layers/services/RecordedEvent.ts"

const pickAttributes = (attributes: Readonly<Record<string, string>>, names: ReadonlyArray<string>) =>
  Object.fromEntries(names.flatMap((name) => (attributes[name] === undefined ? [] : [[name, attributes[name]]])))

/** Copied unchanged, also from messages that the board cannot read. */
const copiedAttributes = [
  "subject",
  "datacontenttype",
  "dataschema",
  "correlationid",
  "causationid",
  "commandid",
  "actor",
  "authid",
  "traceparent",
  "copyof"
]

/** The event streams of an event, where its lane has further boundaries; else its subject names the only one. */
const streamIdsOf = (board: Board.Any) => {
  const lanes = Board.laneOf(board)
  return (event: DomainEvent): ReadonlyArray<string> | undefined => {
    const lane = lanes.get(event._tag)!
    return lane.also?.length ? Lane.streamIds(lane, event).map(Boundary.format) : undefined
  }
}

/** Converts messages of a log to `EventView`s. */
export const toEventView = (board: Board.Any) => {
  const classify = subjectClassifier(board)
  const streamIds = streamIdsOf(board)
  return (logged: LogMessage): EventView => {
    const { position, storedAt, subject } = logged
    const attributes = logged.attributes()
    const { lane, type } = classify(subject)
    const isCheck = Subject.isNoEvent(subject)
    const decoded = logged.event()
    const event = Result.isSuccess(decoded) ? decoded.success.event : undefined
    const [newest] = Result.isSuccess(decoded) ? eventsOf(decoded.success) : []
    const foundin = newest && streamIds(newest)
    return {
      specversion: "1.0",
      id: attributes["id"] ?? `${board.name}/${position}`,
      source: attributes["source"] ?? `/${board.name}`,
      type: event?._tag ?? type,
      time: attributes["time"] ?? new Date(storedAt).toISOString(),
      ...pickAttributes(attributes, copiedAttributes),
      ...(foundin && { foundin }),
      position,
      natssubject: subject,
      ...(lane !== undefined && { lane }),
      ...(isCheck && { check: true }),
      ...(Result.isFailure(decoded) && !isCheck && { unknown: decoded.failure.reason }),
      data: logged.data() as EventView["data"]
    }
  }
}
