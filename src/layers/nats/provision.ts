import type { Board } from "#domain/grammar/index.ts"
import { JetStreamApiError, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { Data, Effect, Predicate } from "effect"
import { consumerOf } from "./consumerConfig.ts"
import { followers } from "../runtime/followers.ts"
import { says } from "./deliveries.ts"
import { Nats } from "./Nats.ts"
import { code } from "./publish.ts"
import { streamsOf } from "./streams.ts"

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

/** The server did not let itself be set up. */
export class NotProvisioned extends Data.TaggedError("NotProvisioned")<{
  readonly name: string
  readonly reason: string
}> {
  override get message() {
    return `${this.name} could not be set up: ${this.reason}`
  }
}

export const isMissing = (error: unknown) =>
  error instanceof JetStreamApiError && (error.code === code.streamNotFound || error.code === code.consumerNotFound)

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
    Effect.catch((error) =>
      isMissing(error) ? Effect.undefined : Effect.fail(new NotProvisioned({ name, reason: says(error) }))
    )
  )
  if (found === undefined) {
    yield* Effect.tryPromise({ try: api.add, catch: (error) => new NotProvisioned({ name, reason: says(error) }) })
    return
  }
  const differ = differences(wanted, found.config)
  if (differ.length === 0) return
  yield* Effect.tryPromise({
    try: api.update,
    catch: (error) => new ShapeDiffers({ name, differences: differ, reason: says(error) })
  })
  yield* Effect.logDebug(`${name} was changed in place: ${differ.join("; ")}`)
})

const ensureStreams = (manager: JetStreamManager, board: Board.Any, replicas: number) =>
  Effect.forEach(
    streamsOf(board, replicas),
    (wanted) =>
      ensure(`stream ${wanted.name}`, wanted, {
        info: () => manager.streams.info(wanted.name),
        add: () => manager.streams.add(wanted),
        update: () => manager.streams.update(wanted.name, wanted)
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

/** Streams, buckets and consumers of a board, as its declarations ask. Running it again changes nothing. */
export const provision = Effect.fnUntraced(function* (board: Board.Any, replicas: number) {
  const nats = yield* Nats
  const manager = yield* Effect.tryPromise({
    try: () => jetstreamManager(nats),
    catch: (error) => new NotProvisioned({ name: "JetStream", reason: says(error) })
  })
  yield* ensureStreams(manager, board, replicas)
  yield* ensureConsumers(manager, board, replicas)
})
