import { Result } from "effect"
import type { Board } from "#domain/model/index.ts"
import { classifier } from "#layers/codec/subjectClassifier.ts"
import type { Seen } from "#layers/contract/eventSchema.ts"
import type { Logged } from "#layers/services/LogReader.ts"

const text = (attributes: Readonly<Record<string, string>>, names: ReadonlyArray<string>) =>
  Object.fromEntries(names.flatMap((name) => (attributes[name] === undefined ? [] : [[name, attributes[name]]])))

/** What is taken over as it is said, from whoever says it. */
const said = [
  "subject",
  "datacontenttype",
  "dataschema",
  "correlationid",
  "causationid",
  "commandid",
  "actor",
  "traceparent"
]

/** How messages of a log are shown, once for each that is asked for: see `Seen`. */
export const shower = (board: Board.Any) => {
  const classify = classifier(board)
  return (logged: Logged): Seen => {
    const { position, storedAt, subject } = logged
    const attributes = logged.attributes()
    const { lane, type } = classify(subject)
    const fact = logged.fact()
    return {
      specversion: "1.0",
      id: attributes["id"] ?? `${board.name}/${position}`,
      source: attributes["source"] ?? `/${board.name}`,
      type: Result.isSuccess(fact) ? fact.success.fact._tag : type,
      time: attributes["time"] ?? new Date(storedAt).toISOString(),
      ...text(attributes, said),
      position,
      natssubject: subject,
      ...(lane !== undefined && { lane }),
      ...(Result.isFailure(fact) && { unknown: fact.failure.reason }),
      data: logged.data() as Seen["data"]
    }
  }
}
