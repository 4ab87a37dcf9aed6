import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Duration, Effect, Option, Schedule } from "effect"
import { keyMatcher } from "#layers/codec/keyMatcher.ts"
import { makeOrderedReader } from "#layers/nats/consume/orderedReader.ts"
import type { Delivery } from "#layers/nats/messages/Delivery.ts"
import { messageAt } from "#layers/nats/provision/copies/copiedMessages.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import type { PositionRange } from "./findDamage.ts"

/** Milliseconds without a message or heartbeat after which a scan restarts at its position. */
const idleTimeoutMillis = 5_000
/** Messages prefetched, and the maximum of one batch. */
const maxMessages = 5_000
/** Time without a delivery although some are pending: the server silently skips messages that it cannot read. */
const stallTimeout = "2 seconds"
/** Maximum unreadable positions probed one by one. */
const maxProbes = 10_000

interface ScanOptions {
  readonly stream: string
  readonly filter: string
  readonly after: number
  readonly upTo: number
  readonly headersOnly?: boolean
  /** Maximum messages per second; unlimited if undefined. */
  readonly perSecond?: number
}

type DeliveryHandler<E, R> = (deliveries: ReadonlyArray<Delivery>) => Effect.Effect<void, E, R>

/**
 * Passes the messages of a stream on in order, up to a sequence. The server verifies the checksum of each message that
 * it reads, also if the body is left out, and skips messages that it cannot read. Resumes at its position when the
 * connection drops.
 */
export const scan = <E, R>(
  nats: NatsConnection,
  manager: JetStreamManager,
  { after, filter, headersOnly = false, perSecond, stream, upTo }: ScanOptions,
  onDeliveries: DeliveryHandler<E, R>
): Effect.Effect<void, E | LogUnavailable, R> => {
  let position = after
  const isSelected = keyMatcher(filter)

  const scanOnce = Effect.gen(function* () {
    const { pending, takeBatch: next } = yield* makeOrderedReader(nats, manager, {
      stream,
      filter,
      after: position,
      maxMessages,
      idleTimeoutMillis,
      headersOnly
    })
    let rest = pending
    while (rest > 0 && position < upTo) {
      const batch = yield* next(maxMessages).pipe(Effect.timeoutOption(stallTimeout))
      if (Option.isNone(batch)) return
      const last = batch.value.at(-1)!
      yield* onDeliveries(batch.value.filter((each) => each.position <= upTo))
      position = last.position
      rest = last.pending
      if (perSecond !== undefined) yield* Effect.sleep(Duration.millis((batch.value.length / perSecond) * 1000))
    }
    position = Math.max(position, upTo)
  }).pipe(Effect.scoped)

  /** Skips pending messages that the server does not deliver, up to the first one that the filter selects and that can be read. */
  const skipUnreadable = Effect.gen(function* () {
    for (let unreadable = 0; position < upTo; position++) {
      const found = yield* Effect.tryPromise({
        try: () => messageAt(manager, stream, { seq: position + 1 }),
        catch: (error) => new LogUnavailable({ reason: errorMessage(error) })
      })
      if (found && isSelected(found.subject)) return
      if (!found && ++unreadable > maxProbes) return void (position = upTo)
    }
  })

  const scanAll = Effect.gen(function* () {
    for (;;) {
      if (position >= upTo) return
      const before = position
      yield* scanOnce
      if (position === before) yield* skipUnreadable
    }
  })
  const retrySchedule = Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 25 }))
  return Effect.retry(scanAll, { schedule: retrySchedule, while: (error) => error instanceof LogUnavailable })
}

/** Maximum positions for which the leader is asked whether it has a message that another replica lacks. */
const maxConfirmations = 1_000

/**
 * The positions in a range that can no longer be read. The leader confirms them, since damage of one replica is not
 * damage of the log.
 */
export const findUnreadable = Effect.fnUntraced(function* (
  nats: NatsConnection,
  manager: JetStreamManager,
  options: ScanOptions,
  onProgress: (position: number) => void = () => {}
) {
  const gaps: Array<PositionRange> = []
  let next = options.after + 1
  yield* scan(nats, manager, { ...options, headersOnly: true }, (deliveries) =>
    Effect.sync(() => {
      for (const { position } of deliveries) {
        if (position > next) gaps.push({ from: next, to: position - 1 })
        next = position + 1
      }
      onProgress(next - 1)
    })
  )
  if (next <= options.upTo) gaps.push({ from: next, to: options.upTo })
  onProgress(options.upTo)
  return yield* Effect.tryPromise({
    try: () => confirmGaps(manager, options.stream, gaps),
    catch: (error) => new LogUnavailable({ reason: errorMessage(error) })
  })
})

const confirmGaps = async (manager: JetStreamManager, stream: string, gaps: ReadonlyArray<PositionRange>) => {
  const confirmedGaps: Array<PositionRange> = []
  let probeCount = 0
  for (const gap of gaps) {
    if (probeCount + gap.to - gap.from >= maxConfirmations) {
      confirmedGaps.push(gap)
      continue
    }
    for (let seq = gap.from; seq <= gap.to; seq++, probeCount++) {
      if (await messageAt(manager, stream, { seq })) continue
      const last = confirmedGaps.at(-1)
      if (last && last.to === seq - 1) confirmedGaps[confirmedGaps.length - 1] = { from: last.from, to: seq }
      else confirmedGaps.push({ from: seq, to: seq })
    }
  }
  return confirmedGaps
}
