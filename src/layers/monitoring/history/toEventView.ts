import { Result } from "effect"
import type { Board } from "#domain/model/index.ts"
import { subjectClassifier } from "#layers/codec/subjectClassifier.ts"
import type { EventView } from "#layers/contract/eventSchema.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"

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
  "traceparent",
  "copyof"
]

/** Converts messages of a log to `EventView`s. */
export const toEventView = (board: Board.Any) => {
  const classify = subjectClassifier(board)
  return (logged: LogMessage): EventView => {
    const { position, storedAt, subject } = logged
    const attributes = logged.attributes()
    const { lane, type } = classify(subject)
    const event = logged.event()
    return {
      specversion: "1.0",
      id: attributes["id"] ?? `${board.name}/${position}`,
      source: attributes["source"] ?? `/${board.name}`,
      type: Result.isSuccess(event) ? event.success.event._tag : type,
      time: attributes["time"] ?? new Date(storedAt).toISOString(),
      ...pickAttributes(attributes, copiedAttributes),
      position,
      natssubject: subject,
      ...(lane !== undefined && { lane }),
      ...(Result.isFailure(event) && { unknown: event.failure.reason }),
      data: logged.data() as EventView["data"]
    }
  }
}
