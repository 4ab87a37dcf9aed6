import type { Call, Look } from "../history.ts"
import type { Case, Logged } from "./Case.ts"

const most = 16

const clock = (millis: number): string => `${(millis / 1000).toFixed(3)} s`

const outcome = ({ outcome }: Call | Look): string => {
  switch (outcome.is) {
    case "done": {
      const facts = outcome.facts.map(({ type, position }) => `${type} at ${position}`).join(", ") || "nothing to do"
      return `done: ${facts}${outcome.duplicate ? ", as before" : ""}`
    }
    case "refused":
      return `refused: ${outcome.code}`
    case "unavailable":
      return `503 ${outcome.code}, retry after ${outcome.retryAfter ?? "nothing said"}`
    case "unknown":
      return `no answer: ${outcome.reason}`
    case "wrong":
      return `${outcome.status} ${outcome.body}`
    case "row":
      return `a row at ${outcome.position}`
  }
}

/** `12.004 s – 12.031 s  app a  BookRoom chaos-7-31 {…}: done: RoomBooked at 71` */
export const lineOfCall = ({ asks }: Case, call: Call): string => {
  const ask = asks.get(call.key)
  const what = `${ask?.command ?? "?"} ${call.key} ${JSON.stringify(ask?.input ?? {})}`
  return `${clock(call.t)} – ${clock(call.until)}  app ${call.app}  ${what}: ${outcome(call)}`
}

export const lineOfLook = (look: Look): string =>
  `${clock(look.t)} – ${clock(look.until)}  app ${look.app}  ${look.path}?after=${look.after}: ${outcome(look)}`

export const lineOfFact = ({ position, index, place, fact, commandId, time }: Logged): string => {
  const { _tag, ...rest } = fact
  return `log ${position}  ${_tag} ${JSON.stringify(rest)}  number ${index} of ${place}, by ${commandId}, ${time}`
}

const shortened = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length <= most ? lines : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`]

/** Everything about one command: when it was sent, what was answered, what it left. */
export const ofCommand = (about: Case, key: string): ReadonlyArray<string> =>
  shortened([
    ...(about.callsOf.get(key) ?? []).map((call) => lineOfCall(about, call)),
    ...(about.ofCommand.get(key) ?? []).map(lineOfFact)
  ])

/** Everything in one place, and the answers to those who put it there. */
export const ofPlace = (about: Case, place: string): ReadonlyArray<string> => {
  const facts = about.ofPlace.get(place) ?? []
  const keys = new Set(facts.map(({ commandId }) => commandId))
  return shortened([
    ...facts.map(lineOfFact),
    ...[...keys].flatMap((key) => (about.callsOf.get(key) ?? []).map((call) => lineOfCall(about, call)))
  ])
}
