import type { ConsumerInfo, JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Schedule } from "effect"
import type { Board } from "#domain/model/index.ts"
import { consumerConfigOf, priorityGroup } from "#layers/nats/provision/consumerConfig.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { toLogUnavailable } from "./consumeErrors.ts"

/**
 * A consumer that lags behind its checkpoint by more is moved there, so that it does not deliver events that were
 * processed.
 */
const maxConsumerLag = 1_000

/** Waits for a process that has deleted a consumer and not added it again yet. */
const replacementRetry = Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 5 }))

/** Interval between checks for lost deliveries; they count as lost when two checks in a row find them. */
const stallInterval = "1 second"

/** Older versions cannot reset a consumer; there it is recreated. */
const canReset = (version = "0") => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > 2 || (major === 2 && minor >= 14)
}

/** The pin id of the pinned process; empty if none is pinned. Not in the client's types. */
const pinOf = (
  info: ConsumerInfo & { readonly priority_groups?: ReadonlyArray<{ readonly pinned_client_id?: string }> }
) => info.priority_groups?.[0]?.pinned_client_id ?? ""

const isConsumerMissing = ({ cause }: LogUnavailable) => isMissing(cause)

export interface ConsumerProgress<E, R> {
  /** The position up to which everything was processed. */
  readonly checkpoint: Effect.Effect<number, E, R>
  /** The position of the newest event of the subscription. */
  readonly lastPosition: Effect.Effect<number, E, R>
  /** Whether a pin id belongs to this process, and this process has finished everything that was delivered to it. */
  readonly isIdle: (pin: string) => boolean
}

/**
 * Controls a board's consumers, which are only transport. They deliver without acknowledgements, so the server does not
 * redeliver what a process did not finish, or what was lost with a connection: a consumer that has delivered more than
 * was processed, with no process at work on it, is moved back to the checkpoint.
 */
export const makeConsumerControl = (
  nats: NatsConnection,
  manager: JetStreamManager,
  board: Board.Any,
  replicas: number
) => {
  const attempt = <A>(request: () => Promise<A>) => Effect.tryPromise({ try: request, catch: toLogUnavailable })
  const consumerInfo = ({ name }: Subscription) => attempt(() => manager.consumers.info(board.name, name))
  const add = (subscription: Subscription, start: object = {}) =>
    attempt(() => manager.consumers.add(board.name, { ...consumerConfigOf(board, subscription, replicas), ...start }))

  /** Unpins the pinned process, if there is one. */
  const unpin = ({ name }: Subscription) => attempt(() => manager.consumers.unpin(board.name, name, priorityGroup))

  /** Delivers everything after a position again, to the process that is pinned next. */
  const rewind = Effect.fnUntraced(function* (subscription: Subscription, position: number) {
    const { name } = subscription
    yield* Effect.logDebug(`The consumer ${name} is moved to ${position}`)
    if (!canReset(nats.info?.version)) {
      yield* Effect.ignore(attempt(() => manager.consumers.delete(board.name, name)))
      return yield* Effect.asVoid(
        add(subscription, { deliver_policy: "by_start_sequence", opt_start_seq: position + 1 })
      )
    }
    // Unpin first: then deliveries before and after the reset never have the same pin, so their sequences are never
    // compared.
    yield* Effect.ignore(unpin(subscription))
    yield* attempt(() => manager.consumers.reset(board.name, name, position + 1))
  })

  /** Rewinds, unless another process is pinned. */
  const rewindIfOwned = (subscription: Subscription, pin: string, position: number) =>
    Effect.flatMap(consumerInfo(subscription), (info) =>
      pinOf(info) === "" || pinOf(info) === pin ? rewind(subscription, position) : Effect.void
    )

  /** Prepares the consumer for a process that has processed everything up to `from`. */
  const ensure = Effect.fnUntraced(function* (subscription: Subscription, from: number, lastPosition: number) {
    const info = yield* consumerInfo(subscription).pipe(
      Effect.retry({ schedule: replacementRetry, while: isConsumerMissing }),
      Effect.catchIf(isConsumerMissing, () =>
        Effect.logWarning(`The consumer ${subscription.name} was missing, and is recreated`).pipe(
          Effect.andThen(add(subscription))
        )
      )
    )
    const delivered = info.delivered.stream_seq
    const isAbandoned = pinOf(info) === "" && delivered > from && lastPosition > from
    // Never beyond the log's end: a consumer's delivered position is evidence of how far the log reached.
    const isFarBehind = from > delivered + maxConsumerLag && from <= lastPosition
    if (isAbandoned || isFarBehind) yield* rewind(subscription, from)
  })

  /** Waits until there are delivered events that no process works on; returns the position after which they are. */
  const awaitStall = <E, R>(
    subscription: Subscription,
    { checkpoint, isIdle, lastPosition }: ConsumerProgress<E, R>
  ): Effect.Effect<number, never, R> => {
    const detectStall = Effect.gen(function* () {
      const from = yield* checkpoint
      if ((yield* lastPosition) <= from) return undefined
      const info = yield* consumerInfo(subscription)
      const pin = pinOf(info)
      return info.delivered.stream_seq > from && (pin === "" || isIdle(pin)) ? from : undefined
    }).pipe(Effect.catch(() => Effect.undefined))
    const poll = (before?: number): Effect.Effect<number, never, R> =>
      Effect.flatMap(Effect.delay(detectStall, stallInterval), (now) =>
        now !== undefined && now === before ? Effect.succeed(now) : poll(now)
      )
    return poll()
  }

  return { ensure, rewind, rewindIfOwned, unpin, awaitStall }
}
