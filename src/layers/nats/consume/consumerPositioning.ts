import type { ConsumerInfo, JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Schedule } from "effect"
import type { Board } from "#domain/model/index.ts"
import { consumerOf, group } from "#layers/nats/provision/consumerConfig.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import type { LogUnavailable } from "#layers/services/EventLog.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { unavailable } from "./pullConsumer.ts"

/** A consumer that is further behind its checkpoint is moved there, so that it does not deliver what is known. */
const maxKnown = 1_000

/** How long another process may take between deleting a consumer and adding it again. */
const replacing = Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 5 }))

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

export interface Progress<E, R> {
  /** The position up to which everything was taken. */
  readonly checkpoint: Effect.Effect<number, E, R>
  /** The position of the newest event of the subscription. */
  readonly newest: Effect.Effect<number, E, R>
  /** Whether a pin is that of this process, which has finished everything that was delivered to it. */
  readonly isIdle: (pin: string) => boolean
}

/**
 * The consumers of a board as transport. They deliver without acknowledgements, so the server does not deliver again what
 * a process did not finish, or what a broken connection lost: a consumer that has delivered more than was taken, without
 * anybody at work on it, is moved back to the checkpoint.
 */
export const transport = (nats: NatsConnection, manager: JetStreamManager, board: Board.Any, replicas: number) => {
  const call = <A>(ask: () => Promise<A>) => Effect.tryPromise({ try: ask, catch: unavailable })
  const infoOf = ({ name }: Subscription) => call(() => manager.consumers.info(board.name, name))
  const add = (subscription: Subscription, start: object = {}) =>
    call(() => manager.consumers.add(board.name, { ...consumerOf(board, subscription, replicas), ...start }))

  /** Ends the turn of the process that is pinned, if one is. */
  const unpin = ({ name }: Subscription) => call(() => manager.consumers.unpin(board.name, name, group))

  /** Delivers everything behind a position again, to whichever process gets the next turn. */
  const rewind = Effect.fnUntraced(function* (subscription: Subscription, to: number) {
    const { name } = subscription
    yield* Effect.logDebug(`The consumer ${name} is moved to ${to}`)
    if (!canReset(nats.info?.version)) {
      yield* Effect.ignore(call(() => manager.consumers.delete(board.name, name)))
      return yield* Effect.asVoid(add(subscription, { deliver_policy: "by_start_sequence", opt_start_seq: to + 1 }))
    }
    // First: deliveries from before and after the reset are never of one turn, so their counts are never compared.
    yield* Effect.ignore(unpin(subscription))
    yield* call(() => manager.consumers.reset(board.name, name, to + 1))
  })

  /** The same, unless another process has its turn. */
  const giveBack = (subscription: Subscription, pin: string, to: number) =>
    Effect.flatMap(infoOf(subscription), (info) =>
      pinOf(info) === "" || pinOf(info) === pin ? rewind(subscription, to) : Effect.void
    )

  /** Makes the consumer ready for a process that has taken everything up to `from`. */
  const ensure = Effect.fnUntraced(function* (subscription: Subscription, from: number, newest: number) {
    const missing = ({ cause }: LogUnavailable) => isMissing(cause)
    const info = yield* infoOf(subscription).pipe(
      Effect.retry({ schedule: replacing, while: missing }),
      Effect.catchIf(missing, () =>
        Effect.logWarning(`The consumer ${subscription.name} was gone, and is recreated`).pipe(
          Effect.andThen(add(subscription))
        )
      )
    )
    const delivered = info.delivered.stream_seq
    const isAbandoned = pinOf(info) === "" && delivered > from && newest > from
    // Never beyond the log's end: how far a consumer has delivered is evidence of how far the log was.
    const isFarBehind = from > delivered + maxKnown && from <= newest
    if (isAbandoned || isFarBehind) yield* rewind(subscription, from)
  })

  /** Waits until events were delivered that nobody works on any more; answers with the position behind which they are. */
  const untilStalled = <E, R>(
    subscription: Subscription,
    { checkpoint, isIdle, newest }: Progress<E, R>
  ): Effect.Effect<number, never, R> => {
    const suspect = Effect.gen(function* () {
      const from = yield* checkpoint
      if ((yield* newest) <= from) return undefined
      const info = yield* infoOf(subscription)
      const pin = pinOf(info)
      return info.delivered.stream_seq > from && (pin === "" || isIdle(pin)) ? from : undefined
    }).pipe(Effect.catch(() => Effect.undefined))
    const look = (before?: number): Effect.Effect<number, never, R> =>
      Effect.flatMap(Effect.delay(suspect, stallInterval), (now) =>
        now !== undefined && now === before ? Effect.succeed(now) : look(now)
      )
    return look()
  }

  return { ensure, rewind, giveBack, unpin, untilStalled }
}
