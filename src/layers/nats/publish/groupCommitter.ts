import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Result } from "effect"
import { RequestFailed, type Requests } from "#layers/nats/connection/Requests.ts"
import type { PublishRejected } from "#layers/nats/messages/apiErrors.ts"
import type { Observations } from "#layers/services/Observer.ts"
import { minBatchedWrites, type BatchingPolicy, makeBatchingPolicy, type WriteMode } from "./batchingPolicy.ts"
import { PendingWrite } from "./PendingWrite.ts"
import { makePublisher, type PubAck, type Write, type WriteCallback, type WriteResult } from "./publish.ts"
import { isBatch, WriteQueue } from "./writeQueue.ts"

/** Maximum messages in a group, by default; the server accepts a thousand. */
const defaultMaxBatchSize = 128
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

/** Milliseconds that a write may wait to be sent. */
const maxWaitMillis = 3_000
/** Sends writes alone or in groups, counts those in flight, and passes each its answer. `onAnswer` runs after each answer. */
const makeSender = (
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
        queue.settle(write, result)
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
          queue.settleGroup(group, result)
        }
      })
    }
  }
}

/** Sends what waits and may be sent now, alone or in groups as the policy chooses. */
const makeFlush = (
  publish: ReturnType<typeof makePublisher>,
  queue: WriteQueue,
  policy: BatchingPolicy,
  maxBatchSize: number
) => {
  let isFlushing = false

  /** Fails writes that wait for longer than a request does, without sending them. */
  const failExpired = () =>
    queue.failOlderThan(performance.now() - maxWaitMillis, ({ messages }) =>
      Result.fail(new RequestFailed({ subject: messages[0]!.subject, reason: "too many writes are queued" }))
    )

  /** Whether there was something that may be sent. */
  const sendNext = (): boolean => {
    if (queue.size === 0 || !sender.hasRoomForGroup()) return false
    const isPaused = sender.isPaused()
    const mode = isPaused ? "alone" : policy.chooseMode(queue.size + sender.inFlight())
    // Lone batches cost as much as a group does.
    const isWorthBatching = (writeCount: number, batchCount: number) =>
      batchCount >= 2 || (writeCount >= minBatchedWrites && mode === "together")
    const group = isPaused ? [] : queue.takeGroup(maxBatchSize, isWorthBatching)
    if (group.length > 0) {
      sender.sendTogether(mode, group)
      return true
    }
    const write = sender.takeLoneWrite(mode)
    if (write) sender.sendAlone(mode, write)
    return write !== undefined
  }

  // A write that cannot be sent is answered at once, and requests the next flush from within this one.
  const flush = () => {
    if (isFlushing) return
    isFlushing = true
    failExpired()
    while (sendNext());
    queue.clearHeldIfEmpty()
    isFlushing = false
  }
  const sender = makeSender(publish, queue, policy, flush)
  return { flush, isIdle: () => sender.inFlight() === 0 }
}

/**
 * Group commit: while some writes are in flight, further ones gather and are sent together as one atomic batch
 * (ADR-50), which the server syncs to disk once. A batch assumes that each guard in it holds. If one does not, the
 * server rejects the whole batch and does not report which, so each write is then sent alone and gets its own answer. A
 * stream has one committer.
 */
export const makeGroupCommitter = (
  nats: NatsConnection,
  requests: Requests["Service"],
  {
    maxBatchSize = defaultMaxBatchSize,
    policy = makeBatchingPolicy(() => performance.now())
  }: { readonly maxBatchSize?: number; readonly policy?: BatchingPolicy } = {},
  onBatch?: Observations["onBatch"]
) => {
  const queue = new WriteQueue()
  const { flush, isIdle } = makeFlush(makePublisher(nats, requests, onBatch), queue, policy, maxBatchSize)
  let isFlushScheduled = false

  /** Sends the writes of one turn of the event loop together, from however many connections. */
  const scheduleFlush = () => {
    if (isFlushScheduled) return
    isFlushScheduled = true
    setImmediate(() => {
      isFlushScheduled = false
      flush()
    })
  }

  const enqueue = (write: Write, onSettled: WriteCallback): PendingWrite => {
    const pendingWrite = new PendingWrite(write, performance.now(), onSettled)
    queue.add(pendingWrite)
    return pendingWrite
  }

  return {
    /**
     * Completes once all messages are stored, with the position of the last. `onQueued` receives the write as soon as
     * the guards of others may refer to it.
     */
    commit: (
      write: Write,
      onQueued: (write: Write) => void = () => {}
    ): Effect.Effect<PubAck, PublishRejected | RequestFailed> =>
      Effect.callback((resume) => {
        const pendingWrite = enqueue(write, (result) => resume(Effect.fromResult(result)))
        if (!pendingWrite.isSettled) onQueued(pendingWrite)
        // A lone write need not wait for others.
        if (isIdle() && !isFlushScheduled) flush()
        else scheduleFlush()
        return Effect.sync(() => queue.withdraw(pendingWrite))
      }),
    /** Completes once all are stored or rejected, with a result for each. */
    commitAll: (writes: ReadonlyArray<Write>): Effect.Effect<ReadonlyArray<WriteResult>> =>
      Effect.callback((resume) => {
        const answers: Array<WriteResult> = []
        let remaining = writes.length
        if (remaining === 0) return resume(Effect.succeed(answers))
        const pendingWrites = writes.map((write, n) =>
          enqueue(write, (answer) => {
            answers[n] = answer
            if (--remaining === 0) resume(Effect.succeed(answers))
          })
        )
        scheduleFlush()
        return Effect.sync(() => pendingWrites.forEach((each) => queue.withdraw(each)))
      })
  }
}
