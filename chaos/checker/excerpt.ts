import { isOriginal } from "#layers/services/RecordedEvent.ts"
import type { Call, RowRead } from "../history.ts"
import type { EvidenceIndex, LoggedEvent } from "./Evidence.ts"

const maxLines = 16

const clock = (millis: number): string => `${(millis / 1000).toFixed(3)} s`

const formatOutcome = ({ outcome }: Call | RowRead): string => {
  switch (outcome.is) {
    case "done": {
      const events = outcome.facts.map(({ type, position }) => `${type} at ${position}`).join(", ") || "nothing to do"
      return `done: ${events}${outcome.duplicate ? ", as before" : ""}`
    }
    case "refused":
      return `rejected: ${outcome.code}`
    case "unavailable":
      return `503 ${outcome.code}, retry after ${outcome.retryAfter ?? "(missing)"}`
    case "unknown":
      return `no answer: ${outcome.reason}`
    case "wrong":
      return `${outcome.status} ${outcome.body}`
    case "row":
      return `a row at ${outcome.position}`
  }
}

/** `12.004 s – 12.031 s  app a  BookRoom chaos-7-31 {…}: done: RoomBooked at 71` */
export const lineOfCall = ({ requests }: EvidenceIndex, call: Call): string => {
  const request = requests.get(call.key)
  const what = `${request?.command ?? "?"} ${call.key} ${JSON.stringify(request?.input ?? {})}`
  return `${clock(call.t)} – ${clock(call.until)}  app ${call.app}  ${what}: ${formatOutcome(call)}`
}

export const lineOfRowRead = (rowRead: RowRead): string =>
  `${clock(rowRead.t)} – ${clock(rowRead.until)}  app ${rowRead.app}  ${rowRead.path}?after=${rowRead.after}: ${formatOutcome(rowRead)}`

export const lineOfEvent = (logged: LoggedEvent): string => {
  const { commandId, event, position, streamId, streamRevision, time } = logged
  const { _tag, ...rest } = event
  return `log ${position}  ${isOriginal(logged) ? "" : "copy of "}${_tag} ${JSON.stringify(rest)}  number ${streamRevision} of ${streamId}, by ${commandId}, ${time}`
}

const truncated = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length <= maxLines ? lines : [...lines.slice(0, maxLines - 1), `… and ${lines.length - maxLines + 1} more`]

/** The calls of one command and the events that it appended. */
export const excerptOfCommand = (index: EvidenceIndex, key: string): ReadonlyArray<string> =>
  truncated([
    ...(index.callsByCommand.get(key) ?? []).map((call) => lineOfCall(index, call)),
    ...(index.eventsByCommand.get(key) ?? []).map(lineOfEvent)
  ])

/** The events of one event stream, and the calls of their commands. */
export const excerptOfStream = (index: EvidenceIndex, streamId: string): ReadonlyArray<string> => {
  const events = index.eventsByStream.get(streamId) ?? []
  const keys = new Set(events.map(({ commandId }) => commandId))
  return truncated([
    ...events.map(lineOfEvent),
    ...[...keys].flatMap((key) => (index.callsByCommand.get(key) ?? []).map((call) => lineOfCall(index, call)))
  ])
}
