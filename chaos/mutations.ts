import { boardLoads } from "./load/boardLoads.ts"
import { destinationOf, type Frame, partsOf, encodePublish } from "./proxy/frames.ts"
import type { Direction, Pair } from "./proxy/Proxy.ts"

/**
 * A filter in the proxy between app and server that violates an invariant on purpose, to test that the checker finds it.
 * The app itself is unchanged.
 */
export type Mutation = (frame: Frame, direction: Direction, pair: Pair) => Buffer | undefined

const boardNames = Object.keys(boardLoads).join("|")
const logSubject = new RegExp(`^(?:${boardNames})\\.`, "u")
const logAnswer = new RegExp(`^\\{"stream":"(${boardNames})".*?"seq":(\\d+)`, "u")
const rowSubject = /^\$KV\.[^.]+\.(?!_position$)/u

const isTo = ({ op, args }: Frame, subject: RegExp) => op === "HPUB" && subject.test(args[0] ?? "")

const withoutHeaders = (headers: string, names: RegExp): string =>
  headers
    .split("\r\n")
    .filter((line) => !names.test(line))
    .join("\r\n")

const rewriteFrame = (frame: Frame, headers: string): Buffer => {
  const { reply, subject } = destinationOf(frame)
  return encodePublish(subject, reply, headers, partsOf(frame).body)
}

/** Removes the expected sequence of each append, so that stale writers are not rejected. */
export const withoutVersionCheck = (): Mutation => (frame, direction) =>
  direction === "toServer" && isTo(frame, logSubject)
    ? rewriteFrame(frame, withoutHeaders(partsOf(frame).headers, /^Nats-Expected-/u))
    : frame.bytes

/**
 * Keeps the guard of the first message of each write, and removes the others, so that of several event streams only one is
 * guarded. A write is what one command stores, perhaps in a batch with others; a check has no command id, and belongs to the
 * write before it.
 */
export const onlyFirstGuards = (): Mutation => {
  const commandIds = new WeakMap<Pair, string>()
  return (frame, direction, pair) => {
    if (direction !== "toServer" || !isTo(frame, logSubject)) return frame.bytes
    const { headers } = partsOf(frame)
    const before = commandIds.get(pair)
    const commandId = /^ce-commandid: (.*)$/mu.exec(headers)?.[1] ?? before ?? ""
    commandIds.set(pair, commandId)
    const isWithinBatch = headers.includes("Nats-Batch-Id") && !/^Nats-Batch-Sequence: 1\r$/mu.test(headers)
    return isWithinBatch && commandId === before
      ? rewriteFrame(frame, withoutHeaders(headers, /^Nats-Expected-/u))
      : frame.bytes
  }
}

/** Replaces the command id of every event and removes its message id. */
export const withoutCommandIds = (): Mutation => {
  let turn = 0
  return (frame, direction) =>
    direction === "toServer" && isTo(frame, logSubject)
      ? rewriteFrame(
          frame,
          withoutHeaders(partsOf(frame).headers, /^Nats-Msg-Id/u).replace(
            /^ce-commandid: .*$/mu,
            `ce-commandid: lost-${++turn}`
          )
        )
      : frame.bytes
}

/** Acknowledges one append in twenty without forwarding it. */
export const dropAppends = (): Mutation => {
  let turn = 0
  let last = 0
  let stream = ""
  return (frame, direction, pair) => {
    if (direction === "toClient") {
      const stored = logAnswer.exec(partsOf(frame).body.toString("latin1", 0, 80))
      if (stored) {
        stream = stored[1]!
        last = Math.max(last, Number(stored[2]))
      }
      return frame.bytes
    }
    const { reply } = destinationOf(frame)
    if (!isTo(frame, logSubject) || reply === undefined || partsOf(frame).headers.includes("Nats-Batch-Id"))
      return frame.bytes
    if (++turn % 20 > 0) return frame.bytes
    const answer = JSON.stringify({ stream, seq: last + 1 })
    // The client subscribes to its inbox before its first request.
    pair.send("toClient", Buffer.from(`MSG ${reply} ${sidOf(pair, reply)} ${answer.length}\r\n${answer}\r\n`))
    return undefined
  }
}

const inboxes = new WeakMap<Pair, Map<string, string>>()

/** Records the subscription id of each subject of a client. */
const noteSubscription = ({ args, op }: Frame, pair: Pair) => {
  if (op !== "SUB") return
  const known = inboxes.get(pair) ?? new Map<string, string>()
  known.set(args[0]!, args.at(-1)!)
  inboxes.set(pair, known)
}

const sidOf = (pair: Pair, reply: string): string => {
  const pattern = `${reply.slice(0, reply.lastIndexOf("."))}.*`
  return inboxes.get(pair)?.get(pattern) ?? "0"
}

/** Forwards only the last message of each batch, as a single message. */
export const splitBatches = (): Mutation => (frame, direction) => {
  if (direction !== "toServer" || !isTo(frame, logSubject)) return frame.bytes
  const { headers } = partsOf(frame)
  if (!headers.includes("Nats-Batch-Id")) return frame.bytes
  return headers.includes("Nats-Batch-Commit")
    ? rewriteFrame(frame, withoutHeaders(headers, /^Nats-Batch-/u))
    : undefined
}

/** Removes the expected revision of row writes, and repeats the first write of each row later. */
export const staleRowWrites = (): Mutation => {
  const firstWrites = new Map<string, Buffer>()
  return (frame, direction, pair) => {
    if (direction !== "toServer" || !isTo(frame, rowSubject)) return frame.bytes
    const { subject } = destinationOf(frame)
    const { body, headers } = partsOf(frame)
    const unguardedHeaders = withoutHeaders(headers, /^Nats-Expected-/u)
    const before = firstWrites.get(subject)
    if (before === undefined) firstWrites.set(subject, encodePublish(subject, undefined, unguardedHeaders, body))
    else setTimeout(() => pair.send("toServer", before), 500)
    return rewriteFrame(frame, unguardedHeaders)
  }
}

/** Records subscriptions, for mutations that answer in place of the server. */
export const trackSubscriptions =
  (mutation: Mutation): Mutation =>
  (frame, direction, pair) => {
    if (direction === "toServer") noteSubscription(frame, pair)
    return mutation(frame, direction, pair)
  }
