import { Result } from "effect"
import { ApiErrorCode, PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import type { BatchingPolicy, WriteMode } from "./batchingPolicy.ts"
import { type makePublisher, messageCount, type WriteCallback } from "./publish.ts"
import { isBatch, type PendingWrite, type WriteQueue } from "./writeQueue.ts"

/** Groups in flight: while the server stores one, the next is assembled. */
const groupConcurrency = 2
/** Lone writes in flight: where groups are faster, so that further writes gather; and where they are not. */
const loneConcurrencyBesideGroups = 8
const loneConcurrency = 256
/** Lone batches in flight; the server accepts 50 from all clients together. */
const loneBatchConcurrency = 16
/** Milliseconds without groups after one was rejected; doubled with each further rejection. */
const minPauseMillis = 10
const maxPauseMillis = 2_000

export type WriteResult = Parameters<WriteCallback>[0]

/** Answers a write, and those that wait behind it for an older position of their event stream: they cannot succeed. */
const settleWrite = (queue: WriteQueue, { settle, guard }: PendingWrite, result: WriteResult) => {
  settle(result)
  if (!guard || Result.isFailure(result)) return
  const { seq } = result.success
  for (const stale of queue.takeStale(guard.filter, seq)) {
    stale.settle(
      Result.fail(new PublishRejected({ code: ApiErrorCode.wrongLastSequence, description: `the last is ${seq}` }))
    )
  }
}

/** Each write of a group is answered with its own position: the group's messages have consecutive ones. */
const settleGroup = (queue: WriteQueue, group: ReadonlyArray<PendingWrite>, result: WriteResult) => {
  let lastPosition = Result.isSuccess(result) ? result.success.seq - messageCount(group) : 0
  for (const write of group) {
    lastPosition += write.messages.length
    settleWrite(
      queue,
      write,
      Result.map(result, (ack) => ({ ...ack, seq: lastPosition }))
    )
  }
}

/** Sends writes alone or in groups, counts those in flight, and passes each its answer. `onAnswer` runs after each answer. */
export const makeWriteSender = (
  publish: ReturnType<typeof makePublisher>,
  queue: WriteQueue,
  { recordAnswer }: BatchingPolicy,
  onAnswer: () => void
) => {
  let inFlight = 0
  let loneBatches = 0
  let groups = 0
  let pauseMillis = minPauseMillis
  let pausedUntilMillis = 0

  const send = (mode: WriteMode, writes: ReadonlyArray<PendingWrite>, onDone: WriteCallback) => {
    queue.markSent(writes)
    inFlight += writes.length
    publish(writes, (result) => {
      recordAnswer(mode, writes.length, queue.size + inFlight)
      inFlight -= writes.length
      queue.markAnswered(writes)
      onDone(result)
      onAnswer()
    })
  }

  return {
    inFlight: () => inFlight,
    isPaused: () => performance.now() < pausedUntilMillis,
    hasRoomForGroup: () => groups < groupConcurrency,
    /** The oldest write that may be sent alone now. */
    takeLoneWrite: (mode: WriteMode) => {
      const concurrency = mode === "together" ? loneConcurrencyBesideGroups : loneConcurrency
      return groups === 0 && inFlight < concurrency ? queue.takeOne(loneBatches < loneBatchConcurrency) : undefined
    },
    sendAlone: (mode: WriteMode, write: PendingWrite) => {
      if (isBatch(write)) loneBatches++
      send(mode, [write], (result) => {
        if (isBatch(write)) loneBatches--
        settleWrite(queue, write, result)
      })
    },
    sendTogether: (mode: WriteMode, group: ReadonlyArray<PendingWrite>) => {
      groups++
      send(mode, group, (result) => {
        groups--
        if (Result.isFailure(result) && result.failure._tag === "PublishRejected") {
          queue.putBack(group)
          pausedUntilMillis = performance.now() + pauseMillis
          pauseMillis = Math.min(pauseMillis * 2, maxPauseMillis)
        } else {
          pauseMillis = minPauseMillis
          settleGroup(queue, group, result)
        }
      })
    }
  }
}
