import type { EvidenceIndex, Invariant, Violation } from "./Evidence.ts"
import { lineOfEvent, excerptOfCommand, excerptOfStream } from "./excerpt.ts"
import { oracle } from "./oracle.ts"

const name = "I2"

const violation = (
  index: EvidenceIndex,
  streamId: string,
  description: string,
  lines: ReadonlyArray<string>
): Violation => ({
  invariant: name,
  description,
  excerpt: [...lines, ...excerptOfStream(index, streamId).filter((line) => !lines.includes(line))]
})

/** How long before a request or after its answer the time of its events may be, in milliseconds, for rounding. */
const clockSlackMillis = 10

/** Events whose time, which their rule was decided with, is not between the first request and the last answer. */
const untimely = (index: EvidenceIndex): ReadonlyArray<Violation> =>
  Array.from(index.eventsByCommand).flatMap(([key, [first]]) => {
    const calls = index.callsByCommand.get(key)
    if (!calls) return []
    const from = Math.min(...calls.map(({ requestedAt }) => requestedAt)) - clockSlackMillis
    const until = Math.max(...calls.map(({ answeredAt }) => answeredAt)) + clockSlackMillis
    const time = Date.parse(first!.time)
    if (time >= from && time <= until) return []
    const description = `the events of ${key} have the time ${first!.time}, when it was not sent`
    return [{ invariant: name, description, excerpt: excerptOfCommand(index, key) }]
  })

export const consistent: Invariant = {
  name,
  promise: "each event is what its command's rule decides on all events before it, so nothing is booked twice",
  check: (index) => [
    ...oracle(index.evidence.board, index.evidence.log, (key) => index.requests.get(key)?.input).map(
      ({ events, reason }) => {
        const [first] = events
        return violation(
          index,
          first!.streamId,
          `${first!.command} ${first!.commandId} at position ${first!.position}: ${reason}`,
          events.map((event) => lineOfEvent(event))
        )
      }
    ),
    ...untimely(index)
  ]
}
