import type { Board } from "#domain/grammar/index.ts"
import { type JetStreamManager, jetstreamManager, type StreamConfig } from "@nats-io/jetstream"
import { errors } from "@nats-io/transport-node"
import { randomUUID } from "node:crypto"
import { Data, Effect, Predicate, Schedule } from "effect"
import { reasonOf } from "../reasonOf.ts"
import { consumerOf } from "./consumerConfig.ts"
import { followers } from "../runtime/followers.ts"
import { Nats } from "./Nats.ts"
import { code, saysOneOf } from "./publish.ts"
import { streamsOf, type Wanted } from "./streams.ts"

/** The server has a stream or consumer of this name with another shape, which cannot be changed in place. */
export class ShapeDiffers extends Data.TaggedError("ShapeDiffers")<{
  readonly name: string
  readonly differences: ReadonlyArray<string>
  readonly reason: string
}> {
  override get message() {
    return (
      `${this.name} exists with another shape, and the server will not change it (${this.reason}):\n` +
      this.differences.map((difference) => `  - ${difference}`).join("\n") +
      "\nMove it out of the way (back it up, then remove it), or make the board's declaration agree with it."
    )
  }
}

/** The server did not let itself be set up. `passing`: a cluster that is still finding its leaders says so, too. */
export class NotProvisioned extends Data.TaggedError("NotProvisioned")<{
  readonly name: string
  readonly reason: string
  readonly passing: boolean
}> {
  override get message() {
    return `${this.name} could not be set up: ${this.reason}`
  }
}

const isUnsettled = saysOneOf(code.clusterNotAvailable, code.noSuitablePeers)
const isPassing = (error: unknown) =>
  error instanceof errors.TimeoutError || error instanceof errors.RequestError || isUnsettled(error)

const tooLittleDisk =
  "What the board's log, lanes and buckets may hold (maxBytes) is more than this server may: its max_file_store, or else " +
  "three quarters of the disk that was free when it started. Raise it, free some of the disk, or lower the limits."

const hasTooLittleDisk = saysOneOf(code.storageExceeded)

const notProvisioned = (name: string) => (error: unknown) => {
  const reason = hasTooLittleDisk(error) ? `${reasonOf(error)}. ${tooLittleDisk}` : reasonOf(error)
  return new NotProvisioned({ name, reason, passing: isPassing(error) })
}

export const isMissing = saysOneOf(code.streamNotFound, code.consumerNotFound)

/** Whether what the server has is what is wanted; fields that nobody asked for are the server's own. */
const agrees = (wanted: unknown, found: unknown): boolean => {
  if (Array.isArray(wanted)) {
    return Array.isArray(found) && found.length === wanted.length && wanted.every((each, n) => agrees(each, found[n]))
  }
  if (Predicate.isObject(wanted)) {
    return (
      Predicate.isObject(found) &&
      Object.entries(wanted).every(([name, value]) => agrees(value, (found as Record<string, unknown>)[name]))
    )
  }
  // The server leaves out what has its zero value.
  return wanted === found || (found === undefined && (!wanted || wanted === "none" || wanted === "default"))
}

/** Field by field, what is there and what is wanted: `max_age: 0, wanted 86400000000000`. */
export const differences = (wanted: object, found: object): ReadonlyArray<string> =>
  Object.entries(wanted)
    .filter(([name, value]) => !agrees(value, (found as Record<string, unknown>)[name]))
    .map(([name, value]) => {
      const is = (found as Record<string, unknown>)[name]
      return `${name}: is ${JSON.stringify(is) ?? "unset"}, wanted ${JSON.stringify(value)}`
    })

/** Makes what is missing, changes in place what may be changed, and names what may not. */
const ensure = Effect.fnUntraced(function* (
  name: string,
  wanted: object,
  api: {
    readonly info: () => Promise<{ readonly config: object }>
    readonly add: () => Promise<unknown>
    readonly update: () => Promise<unknown>
  }
) {
  const found = yield* Effect.tryPromise({ try: api.info, catch: (error) => error }).pipe(
    Effect.catch((error) => (isMissing(error) ? Effect.undefined : Effect.fail(notProvisioned(name)(error))))
  )
  if (found === undefined) {
    yield* Effect.tryPromise({ try: api.add, catch: notProvisioned(name) })
    return
  }
  const differ = differences(wanted, found.config)
  if (differ.length === 0) return
  yield* Effect.tryPromise({
    try: api.update,
    catch: (error) =>
      isPassing(error)
        ? notProvisioned(name)(error)
        : new ShapeDiffers({ name, differences: differ, reason: reasonOf(error) })
  })
  yield* Effect.logDebug(`${name} was changed in place: ${differ.join("; ")}`)
})

/** The name under which a log has its identity: a backup takes it along, a log that is made anew gets another. */
export const identity = "event-model-log"

const newIdentity = () => ({ [identity]: randomUUID() })

/** Where a restored stream goes on with its sources is not for the board to say, and must not be forgotten. */
const resuming = async (manager: JetStreamManager, { sources, ...wanted }: Wanted): Promise<Partial<StreamConfig>> => {
  if (sources === undefined) return wanted
  const { config } = await manager.streams.info(wanted.name)
  const startOf = (name: string) => config.sources?.find((source) => source.name === name)?.opt_start_seq
  return { ...wanted, sources: sources.map((source) => ({ ...source, opt_start_seq: startOf(source.name) ?? 0 })) }
}

const ensureStreams = (manager: JetStreamManager, board: Board.Any, replicas: number) =>
  Effect.forEach(
    streamsOf(board, replicas),
    (wanted) =>
      ensure(`stream ${wanted.name}`, wanted, {
        info: () => manager.streams.info(wanted.name),
        add: () => manager.streams.add(wanted.name === board.name ? { ...wanted, metadata: newIdentity() } : wanted),
        update: async () => manager.streams.update(wanted.name, await resuming(manager, wanted))
      }),
    { discard: true }
  )

const ensureConsumers = (manager: JetStreamManager, board: Board.Any, replicas: number) => {
  const { views, automations } = followers(board)
  return Effect.forEach(
    [...views, ...automations],
    ({ subscription }) => {
      const wanted = consumerOf(board, subscription, replicas)
      return ensure(`consumer ${subscription.name}`, wanted, {
        info: () => manager.consumers.info(board.name, subscription.name),
        add: () => manager.consumers.add(board.name, wanted),
        update: () => manager.consumers.update(board.name, subscription.name, wanted)
      })
    },
    { discard: true }
  )
}

/** How long a cluster may take to find its leaders. */
const untilThereAreLeaders = Schedule.spaced("250 millis").pipe(Schedule.upTo({ duration: "30 seconds" }))

/** Streams, buckets and consumers of a board, as its declarations ask. Running it again changes nothing. */
export const provision = Effect.fnUntraced(
  function* (board: Board.Any, replicas: number) {
    const nats = yield* Nats
    const manager = yield* Effect.tryPromise({
      try: () => jetstreamManager(nats),
      catch: notProvisioned("JetStream")
    })
    yield* ensureStreams(manager, board, replicas)
    yield* ensureConsumers(manager, board, replicas)
  },
  Effect.tapError(({ message }) => Effect.logDebug(message)),
  Effect.retry({
    schedule: untilThereAreLeaders,
    while: (error) => error._tag === "NotProvisioned" && error.passing
  })
)
