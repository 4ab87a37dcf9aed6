import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Result } from "effect"
import { NoAnswer, type Requests } from "#layers/nats/connection/Requests.ts"
import { type Done, publisher, sizeOf, type Write } from "./atomicBatch.ts"
import { fewest, type Pace, pace, type Way } from "./batchingPolicy.ts"
import { type Ack, code, Rejected } from "./publish.ts"
import { isBatch, type Waiting, waitingWrites } from "./writeQueue.ts"

/** Messages in a group, unless told otherwise; the server takes a thousand. */
const usual = 128
/** Groups under way: while the server stores one, the next is made. */
const groupsAtOnce = 2
/** Lone writes under way, where groups are the quicker way; what comes meanwhile gathers. And where they are not. */
const fewAlone = 8
const manyAlone = 256
/** Lone batches under way; the server takes 50 from all of us. */
const batchesAtOnce = 16
/** Milliseconds that a write may wait to be sent. */
const longestWait = 3_000
/** Milliseconds for which no groups are made once one was refused; doubled as long as that goes on. */
const shortestPause = 10
const longestPause = 2_000

type Answer = Parameters<Done>[0]

/**
 * Group commit: while some writes are under way, those that come gather, and go out together as one atomic batch (ADR-50),
 * which the server forces to disk once. A batch is a bet that each guard in it holds. If one does not, the server refuses
 * the whole and does not say which, so each is then written by itself and gets its own answer. One stream, one committer.
 */
export const committer = (
  nats: NatsConnection,
  requests: Requests["Service"],
  {
    most = usual,
    pace: { answered, quicker } = pace(() => performance.now())
  }: { readonly most?: number; readonly pace?: Pace } = {}
) => {
  const publish = publisher(nats, requests)
  const waiting = waitingWrites()
  let sent = 0
  let batchesAlone = 0
  let groups = 0
  let scheduled = false
  let flushing = false
  let pause = shortestPause
  let pausedUntil = 0

  const send = (way: Way, writes: ReadonlyArray<Waiting>, done: Done) => {
    waiting.sent(writes)
    sent += writes.length
    publish(writes, (result) => {
      answered(way, writes.length, waiting.count() + sent)
      sent -= writes.length
      waiting.answered(writes)
      done(result)
      flush()
    })
  }

  const sendAlone = (way: Way, write: Waiting) => {
    if (isBatch(write)) batchesAlone++
    send(way, [write], (result) => {
      if (isBatch(write)) batchesAlone--
      settle(write, result)
    })
  }

  const sendTogether = (way: Way, group: ReadonlyArray<Waiting>) => {
    groups++
    send(way, group, (result) => {
      groups--
      if (Result.isFailure(result) && result.failure._tag === "Rejected") {
        waiting.putBack(group)
        pausedUntil = performance.now() + pause
        pause = Math.min(pause * 2, longestPause)
        return
      }
      pause = shortestPause
      let before = Result.isSuccess(result) ? result.success.seq - sizeOf(group) : 0
      for (const write of group) {
        before += write.messages.length
        settle(
          write,
          Result.map(result, (ack) => ({ ...ack, seq: before }))
        )
      }
    })
  }

  const settle = ({ settle, guard }: Waiting, result: Answer) => {
    settle(result)
    if (!guard || Result.isFailure(result)) return
    const { seq } = result.success
    for (const late of waiting.overtaken(guard.filter, seq)) {
      late.settle(Result.fail(new Rejected({ code: code.wrongLastSequence, description: `the last is ${seq}` })))
    }
  }

  /** What waits for longer than a request does is not sent at all, and its sender told so. */
  const giveUp = () => {
    for (const { messages, settle } of waiting.olderThan(performance.now() - longestWait)) {
      settle(Result.fail(new NoAnswer({ subject: messages[0]!.subject, reason: "too many others wait" })))
    }
  }

  // What cannot be sent is answered at once, and asks for the next flush from within this one.
  const flush = () => {
    if (flushing) return
    flushing = true
    giveUp()
    const mayGoOn = () => waiting.count() > 0 && groups < groupsAtOnce
    while (mayGoOn()) {
      const isPaused = performance.now() < pausedUntil
      const way = isPaused ? "alone" : quicker(waiting.count() + sent)
      // Lone batches cost as much as a group does.
      const isWorthIt = (taken: number, batches: number) => batches >= 2 || (taken >= fewest && way === "together")
      const group = isPaused ? [] : waiting.group(most, isWorthIt)
      if (group.length > 0) {
        sendTogether(way, group)
        continue
      }
      const room = way === "together" ? fewAlone : manyAlone
      const write = groups === 0 && sent < room ? waiting.one(batchesAlone < batchesAtOnce) : undefined
      if (!write) break
      sendAlone(way, write)
    }
    waiting.rest()
    flushing = false
  }

  /** What comes in one turn of the event loop, from however many connections, goes out in one write. */
  const soon = () => {
    if (scheduled) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      flush()
    })
  }

  const wait = (write: Write, settle: Done): Waiting => {
    const each: Waiting = { ...write, alone: false, since: performance.now(), settle }
    waiting.add(each)
    return each
  }

  return {
    /** Answers once all its messages are stored, with the position of the last. */
    one: (write: Write): Effect.Effect<Ack, Rejected | NoAnswer> =>
      Effect.callback((resume) => {
        const each = wait(write, (result) => resume(Effect.fromResult(result)))
        // Who is alone need not wait for others.
        if (sent === 0 && !scheduled) flush()
        else soon()
        return Effect.sync(() => waiting.withdraw(each))
      }),
    /** Answers for each of them once all are stored or refused. */
    all: (writes: ReadonlyArray<Write>): Effect.Effect<ReadonlyArray<Answer>> =>
      Effect.callback((resume) => {
        const answers: Array<Answer> = []
        let open = writes.length
        if (open === 0) return resume(Effect.succeed(answers))
        const all = writes.map((write, n) =>
          wait(write, (answer) => {
            answers[n] = answer
            if (--open === 0) resume(Effect.succeed(answers))
          })
        )
        soon()
        return Effect.sync(() => all.forEach(waiting.withdraw))
      })
  }
}
