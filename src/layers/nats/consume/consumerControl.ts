import type { ConsumerInfo, JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Schedule } from "effect"
import type { Board } from "#domain/model/index.ts"
import { consumerConfigOf, priorityGroup } from "#layers/nats/provision/consumerConfig.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { toLogUnavailable } from "./pullConsumer.ts"

/** A consumer that is further behind its checkpoint is moved there, so that it does not deliver what is known. */
const maxConsumerLag = 1_000

/** How long another process may take between deleting a consumer and adding it again. */
const replacementRetry = Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 5 }))

/** Between two looks at whether deliveries got lost; what is seen twice is true. */
const stallInterval = "1 second"

/** Before it a consumer cannot be reset, and is replaced. */
const canReset = (version = "0") => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > 2 || (major === 2 && minor >= 14)
}

/** The pin of the process that holds the turn; empty if none does. Not in the client's types. */
const pinOf = (
  info: ConsumerInfo & { readonly priority_groups?: ReadonlyArray<{ readonly pinned_client_id?: string }> }
) => info.priority_groups?.[0]?.pinned_client_id ?? ""

export interface ConsumerProgress<E, R> {
  /** The position up to which everything was taken. */
  readonly checkpoint: Effect.Effect<number, E, R>
  /** The position of the newest event of the subscription. */
  readonly lastPosition: Effect.Effect<number, E, R>
  /** Whether a pin is that of this process, which has finished everything that was delivered to it. */
  readonly isIdle: (pin: string) => boolean
}

/**
 * The consumers of a board as transport. They deliver without acknowledgements, so the server does not deliver again what
 * a process did not finish, or what a broken connection lost: a consumer that has delivered more than was taken, without
 * anybody at work on it, is moved back to the checkpoint.
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

  /** Ends the turn of the process that is pinned, if one is. */
  const unpin = ({ name }: Subscription) => attempt(() => manager.consumers.unpin(board.name, name, priorityGroup))

  /** Delivers everything behind a position again, to whichever process gets the next turn. */
  const rewind = Effect.fnUntraced(function* (subscription: Subscription, position: number) {
    const { name } = subscription
    yield* Effect.logDebug(`The consumer ${name} is moved to ${position}`)
    if (!canReset(nats.info?.version)) {
      yield* Effect.ignore(attempt(() => manager.consumers.delete(board.name, name)))
      return yield* Effect.asVoid(
        add(subscription, { deliver_policy: "by_start_sequence", opt_start_seq: position + 1 })
      )
    }
    // First: deliveries from before and after the reset are never of one turn, so their counts are never compared.
    yield* Effect.ignore(unpin(subscription))
    yield* attempt(() => manager.consumers.reset(board.name, name, position + 1))
  })

  /** The same, unless another process has its turn. */
  const rewindIfOwned = (subscription: Subscription, pin: string, position: number) =>
    Effect.flatMap(consumerInfo(subscription), (info) =>
      pinOf(info) === "" || pinOf(info) === pin ? rewind(subscription, position) : Effect.void
    )

  /** Makes the consumer ready for a process that has taken everything up to `from`. */
  const ensure = Effect.fnUntraced(function* (subscription: Subscription, from: number, lastPosition: number) {
    const isConsumerMissing = ({ cause }: LogUnavailable) => isMissing(cause)
    const info = yield* consumerInfo(subscription).pipe(
      Effect.retry({ schedule: replacementRetry, while: isConsumerMissing }),
      Effect.catchIf(isConsumerMissing, () =>
        Effect.logWarning(`The consumer ${subscription.name} was gone, and is recreated`).pipe(
          Effect.andThen(add(subscription))
        )
      )
    )
    const delivered = info.delivered.stream_seq
    const isAbandoned = pinOf(info) === "" && delivered > from && lastPosition > from
    // Never beyond the log's end: how far a consumer has delivered is evidence of how far the log was.
    const isFarBehind = from > delivered + maxConsumerLag && from <= lastPosition
    if (isAbandoned || isFarBehind) yield* rewind(subscription, from)
  })

  /** Waits until events were delivered that nobody works on any more; answers with the position behind which they are. */
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
