import type { JetStreamManager } from "@nats-io/jetstream"
import type { Board } from "#domain/model/index.ts"
import { messageAt, parseCopyOrigin, sourceHeader } from "#layers/nats/provision/copies/copiedMessages.ts"
import { auditStream } from "#layers/nats/publish/auditTrimmer.ts"

/** The index of the first element beyond a position, of elements in order of their positions. */
const firstBeyond = (events: ReadonlyArray<{ readonly position: number }>, position: number): number => {
  let [low, high] = [0, events.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (events[middle]!.position > position) high = middle
    else low = middle + 1
  }
  return low
}

/** The events in the audit, which has them in the order of the log, and what is between them. */
export const auditOrder = (manager: JetStreamManager, board: Board.Any) => {
  const events: Array<{ readonly position: number; readonly sequence: number }> = []
  let isSorted = true

  const isOfOtherStream = async (sequence: number) => {
    const message = await messageAt(manager, auditStream, { seq: sequence })
    const origin = parseCopyOrigin(message?.header?.get(sourceHeader) ?? "")
    return message !== null && origin?.stream !== board.name
  }

  return {
    add: (position: number, sequence: number): void => {
      events.push({ position, sequence })
      isSorted = false
    },
    /**
     * Whether the audit copied an event before a position, then one after it, and everything that it stored between them is
     * still there and of another stream. So no event was at that position.
     */
    hasNoEvent: async (position: number): Promise<boolean> => {
      if (!isSorted) events.sort((a, b) => a.position - b.position)
      isSorted = true
      const after = firstBeyond(events, position)
      const [before, next] = [events[after - 1], events[after]]
      if (before === undefined || next === undefined || before.position === position) return false
      for (let sequence = before.sequence + 1; sequence < next.sequence; sequence++)
        if (!(await isOfOtherStream(sequence))) return false
      return before.sequence < next.sequence
    }
  }
}
