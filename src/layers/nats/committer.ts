import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Result } from "effect"
import { type Done, publisher, sizeOf, type Write } from "./batch.ts"
import { fewest, type Pace, pace, type Way } from "./pace.ts"
import { type Ack, code, Rejected } from "./publish.ts"
import { NoAnswer, type Requests } from "./Requests.ts"

interface Waiting extends Write {
  readonly settle: Done
  /** When it began to wait, in milliseconds. */
  readonly since: number
  /** It was in a group that was refused, and is asked about by itself now. */
  alone: boolean
}

/** Messages in a group; the server takes a thousand. */
const most = 128
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

const isBatch = ({ messages }: Write) => messages.length > 1

/**
 * Group commit: while some writes are under way, those that come gather, and go out together as one atomic batch (ADR-50),
 * which the server forces to disk once. A batch is a bet that each guard in it holds. If one does not, the server refuses
 * the whole and does not say which, so each is then written by itself and gets its own answer. One stream, one committer.
 */
export const committer = (
  nats: NatsConnection,
  requests: Requests["Service"],
  { answered, quicker }: Pace = pace(() => performance.now())
) => {
  const publish = publisher(nats, requests)
  const waiting: Array<Waiting> = []
  const underWay = new Set<string>()
  let sent = 0
  let batchesAlone = 0
  let groups = 0
  let held = false
  let scheduled = false
  let flushing = false
  let pause = shortestPause
  let pausedUntil = 0

  const isFree = ({ guard }: Write) => !guard || !underWay.has(guard.filter)

  const send = (way: Way, writes: ReadonlyArray<Waiting>, done: Done) => {
    for (const { guard } of writes) if (guard) underWay.add(guard.filter)
    sent += writes.length
    publish(writes, (result) => {
      answered(way, writes.length, waiting.length + sent)
      sent -= writes.length
      for (const { guard } of writes) if (guard) underWay.delete(guard.filter)
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
        for (const write of group) write.alone = true
        waiting.unshift(...group)
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

  /** What waited for this write to the same place expects what is so no more. */
  const settle = ({ settle, guard }: Waiting, result: Result.Result<Ack, Rejected | NoAnswer>) => {
    settle(result)
    if (!held || !guard || Result.isFailure(result)) return
    const { seq } = result.success
    const late = waiting.filter((each) => each.guard?.filter === guard.filter && each.guard.position < seq)
    for (const each of late) {
      waiting.splice(waiting.indexOf(each), 1)
      each.settle(Result.fail(new Rejected({ code: code.wrongLastSequence, description: `the last is ${seq}` })))
    }
  }

  /** The first write of each place, oldest first; none if that is the slower way. */
  const nextGroup = (isQuicker: boolean): ReadonlyArray<Waiting> => {
    if (waiting.length < 2) return []
    const places = new Set<string>()
    const taken: Array<Waiting> = []
    const left: Array<Waiting> = []
    let messages = 0
    let batches = 0
    for (const write of waiting) {
      const place = write.guard?.filter ?? ""
      const size = write.messages.length
      const isFirst = isFree(write) && !places.has(place)
      if (place) places.add(place)
      if (!isFirst) held = true
      if (!isFirst || write.alone || messages + size > most) {
        left.push(write)
        continue
      }
      taken.push(write)
      messages += size
      if (size > 1) batches++
    }
    // Lone batches cost as much as a group does.
    if (batches < 2 && (taken.length < fewest || !isQuicker)) return []
    waiting.splice(0, waiting.length, ...left)
    return taken
  }

  const nextAlone = (): Waiting | undefined => {
    const at = waiting.findIndex((write) => isFree(write) && !(isBatch(write) && batchesAlone >= batchesAtOnce))
    held ||= at !== 0
    return at < 0 ? undefined : waiting.splice(at, 1)[0]
  }

  /** What waits for longer than a request does is not sent at all, and its sender told so. */
  const giveUp = () => {
    const latest = performance.now() - longestWait
    while (waiting[0] && waiting[0].since < latest) {
      const { messages, settle } = waiting.shift()!
      settle(Result.fail(new NoAnswer({ subject: messages[0]!.subject, reason: "too many others wait" })))
    }
  }

  // What cannot be sent is answered at once, and asks for the next flush from within this one.
  const flush = () => {
    if (flushing) return
    flushing = true
    giveUp()
    while (waiting.length > 0 && groups < groupsAtOnce) {
      const isPaused = performance.now() < pausedUntil
      const way = isPaused ? "alone" : quicker(waiting.length + sent)
      const group = isPaused ? [] : nextGroup(way === "together")
      if (group.length > 0) {
        sendTogether(way, group)
        continue
      }
      const room = way === "together" ? fewAlone : manyAlone
      const write = groups === 0 && sent < room ? nextAlone() : undefined
      if (!write) break
      sendAlone(way, write)
    }
    held &&= waiting.length > 0
    flushing = false
  }

  /** Answers once all of them are stored, with the position of the last. */
  return (write: Write): Effect.Effect<Ack, Rejected | NoAnswer> =>
    Effect.callback((resume) => {
      const each: Waiting = {
        ...write,
        alone: false,
        since: performance.now(),
        settle: (result) => resume(Effect.fromResult(result))
      }
      waiting.push(each)
      if (!scheduled) {
        scheduled = true
        // What comes in one turn of the event loop, from however many connections, goes out in one write.
        setImmediate(() => {
          scheduled = false
          flush()
        })
      }
      return Effect.sync(() => {
        const at = waiting.indexOf(each)
        if (at >= 0) waiting.splice(at, 1)
      })
    })
}
