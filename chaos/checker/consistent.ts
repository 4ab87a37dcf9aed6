import type { EvidenceIndex, Invariant, Violation } from "./Evidence.ts"
import { lineOfEvent, excerptOfStream } from "./excerpt.ts"
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

export const consistent: Invariant = {
  name,
  promise: "each event is what its command's rule decides on all events before it, so nothing is booked twice",
  check: (index) =>
    oracle(index.evidence.board, index.evidence.log, (key) => index.requests.get(key)?.input).map(
      ({ events, reason }) => {
        const [first] = events
        return violation(
          index,
          first!.streamId,
          `${first!.command} ${first!.commandId} at position ${first!.position}: ${reason}`,
          events.map((event) => lineOfEvent(event))
        )
      }
    )
}
