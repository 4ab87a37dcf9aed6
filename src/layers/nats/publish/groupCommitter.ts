import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Result } from "effect"
import { RequestFailed, type Requests } from "#layers/nats/connection/Requests.ts"
import { type WriteCallback, makePublisher, messageCount, type Write } from "./atomicBatch.ts"
import { minBatchedWrites, type BatchingPolicy, makeBatchingPolicy, type WriteMode } from "./batchingPolicy.ts"
import { type PubAck, ApiErrorCode, PublishRejected } from "./publish.ts"
import { isBatch, type PendingWrite, makeWriteQueue } from "./writeQueue.ts"

/** Maximum messages in a group, by default; the server accepts a thousand. */
const defaultMaxBatchSize = 128
/** Groups in flight: while the server stores one, the next is assembled. */
const groupConcurrency = 2
/** Lone writes in flight: where groups are faster, so that further writes gather; and where they are not. */
const loneConcurrencyBesideGroups = 8
const loneConcurrency = 256
/** Lone batches in flight; the server accepts 50 from all clients together. */
const loneBatchConcurrency = 16
/** Milliseconds that a write may wait to be sent. */
const maxWaitMillis = 3_000
/** Milliseconds without groups after one was rejected; doubled with each further rejection. */
const minPauseMillis = 10
const maxPauseMillis = 2_000

type WriteResult = Parameters<WriteCallback>[0]

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
    policy: { recordAnswer, chooseMode } = makeBatchingPolicy(() => performance.now())
  }: { readonly maxBatchSize?: number; readonly policy?: BatchingPolicy } = {}
) => {
  const publish = makePublisher(nats, requests)
  const queue = makeWriteQueue()
  let inFlight = 0
  let loneBatches = 0
  let groupsInFlight = 0
  let isFlushScheduled = false
  let isFlushing = false
  let pauseMillis = minPauseMillis
  let pausedUntilMillis = 0

  const send = (mode: WriteMode, writes: ReadonlyArray<PendingWrite>, onDone: WriteCallback) => {
    queue.markSent(writes)
    inFlight += writes.length
    publish(writes, (result) => {
      recordAnswer(mode, writes.length, queue.count() + inFlight)
      inFlight -= writes.length
      queue.markAnswered(writes)
      onDone(result)
      flush()
    })
  }

  const sendAlone = (mode: WriteMode, write: PendingWrite) => {
    if (isBatch(write)) loneBatches++
    send(mode, [write], (result) => {
      if (isBatch(write)) loneBatches--
      settleWrite(write, result)
    })
  }

  const sendTogether = (mode: WriteMode, group: ReadonlyArray<PendingWrite>) => {
    groupsInFlight++
    send(mode, group, (result) => {
      groupsInFlight--
      if (Result.isFailure(result) && result.failure._tag === "PublishRejected") {
        queue.putBack(group)
        pausedUntilMillis = performance.now() + pauseMillis
        pauseMillis = Math.min(pauseMillis * 2, maxPauseMillis)
        return
      }
      pauseMillis = minPauseMillis
      let lastPosition = Result.isSuccess(result) ? result.success.seq - messageCount(group) : 0
      for (const write of group) {
        lastPosition += write.messages.length
        settleWrite(
          write,
          Result.map(result, (ack) => ({ ...ack, seq: lastPosition }))
        )
      }
    })
  }

  const settleWrite = ({ settle, guard }: PendingWrite, result: WriteResult) => {
    settle(result)
    if (!guard || Result.isFailure(result)) return
    const { seq } = result.success
    for (const stale of queue.takeStale(guard.filter, seq)) {
      stale.settle(
        Result.fail(new PublishRejected({ code: ApiErrorCode.wrongLastSequence, description: `the last is ${seq}` }))
      )
    }
  }

  /** Fails writes that wait for longer than a request does, without sending them. */
  const failExpired = () => {
    for (const { messages, settle } of queue.takeOlderThan(performance.now() - maxWaitMillis)) {
      settle(Result.fail(new RequestFailed({ subject: messages[0]!.subject, reason: "too many writes are queued" })))
    }
  }

  // A write that cannot be sent is answered at once, and requests the next flush from within this one.
  const flush = () => {
    if (isFlushing) return
    isFlushing = true
    failExpired()
    const canSendGroup = () => queue.count() > 0 && groupsInFlight < groupConcurrency
    while (canSendGroup()) {
      const isPaused = performance.now() < pausedUntilMillis
      const mode = isPaused ? "alone" : chooseMode(queue.count() + inFlight)
      // Lone batches cost as much as a group does.
      const isWorthBatching = (writeCount: number, batchCount: number) =>
        batchCount >= 2 || (writeCount >= minBatchedWrites && mode === "together")
      const group = isPaused ? [] : queue.takeGroup(maxBatchSize, isWorthBatching)
      if (group.length > 0) {
        sendTogether(mode, group)
        continue
      }
      const concurrency = mode === "together" ? loneConcurrencyBesideGroups : loneConcurrency
      const write =
        groupsInFlight === 0 && inFlight < concurrency ? queue.takeOne(loneBatches < loneBatchConcurrency) : undefined
      if (!write) break
      sendAlone(mode, write)
    }
    queue.clearHeldIfEmpty()
    isFlushing = false
  }

  /** Sends the writes of one turn of the event loop together, from however many connections. */
  const scheduleFlush = () => {
    if (isFlushScheduled) return
    isFlushScheduled = true
    setImmediate(() => {
      isFlushScheduled = false
      flush()
    })
  }

  const enqueue = (write: Write, settle: WriteCallback): PendingWrite => {
    const pendingWrite: PendingWrite = { ...write, isAlone: false, queuedAtMillis: performance.now(), settle }
    queue.add(pendingWrite)
    return pendingWrite
  }

  return {
    /** Completes once all messages are stored, with the position of the last. */
    commit: (write: Write): Effect.Effect<PubAck, PublishRejected | RequestFailed> =>
      Effect.callback((resume) => {
        const pendingWrite = enqueue(write, (result) => resume(Effect.fromResult(result)))
        // A lone write need not wait for others.
        if (inFlight === 0 && !isFlushScheduled) flush()
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
        return Effect.sync(() => pendingWrites.forEach(queue.withdraw))
      })
  }
}
