import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Duration, Effect, Option, Schedule } from "effect"
import { reading } from "#layers/nats/consume/orderedReader.ts"
import type { Delivery } from "#layers/nats/messages/Delivery.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import type { Stretch } from "./findings.ts"
import { messageAt } from "./sourcedCopies.ts"

/** Milliseconds without a sign of life after which a new start is made. */
const silence = 5_000
/** Messages fetched ahead, and handed over at once. */
const ahead = 5_000
/** Nothing comes though something is outstanding: the server cannot read it, and passes it over without a word. */
const stall = "2 seconds"
/** The most positions that are looked at one by one. */
const mostProbes = 10_000

export interface Scanned {
  readonly stream: string
  readonly filter: string
  readonly after: number
  readonly upTo: number
  readonly headersOnly?: boolean
  /** The most messages a second; as quick as it goes without it. */
  readonly perSecond?: number
}

type Take<E, R> = (deliveries: ReadonlyArray<Delivery>) => Effect.Effect<void, E, R>

/**
 * Hands over the messages of a stream in their order, up to a sequence. The server checks the checksum of each when it reads
 * it, of those too whose bodies are left out; what it cannot read, it leaves out. Goes on where it was when the connection
 * drops in between.
 */
export const scan = <E, R>(
  nats: NatsConnection,
  manager: JetStreamManager,
  { after, filter, headersOnly = false, perSecond, stream, upTo }: Scanned,
  take: Take<E, R>
): Effect.Effect<void, E | LogUnavailable, R> => {
  let position = after

  const pass = Effect.gen(function* () {
    const { pending, take: next } = yield* reading(nats, manager, {
      stream,
      filter,
      after: position,
      ahead,
      silence,
      headersOnly
    })
    let rest = pending
    while (rest > 0 && position < upTo) {
      const taken = yield* next(ahead).pipe(Effect.timeoutOption(stall))
      if (Option.isNone(taken)) return
      const last = taken.value.at(-1)!
      yield* take(taken.value.filter((each) => each.position <= upTo))
      position = last.position
      rest = last.pending
      if (perSecond !== undefined) yield* Effect.sleep(Duration.millis((taken.value.length / perSecond) * 1000))
    }
    position = Math.max(position, upTo)
  }).pipe(Effect.scoped)

  /** The server has messages outstanding that it does not deliver: goes on behind the first that can be read. */
  const passOver = Effect.gen(function* () {
    for (let probes = 0; position < upTo; position++) {
      if (probes++ === mostProbes) return void (position = upTo)
      const found = yield* Effect.tryPromise({
        try: () => messageAt(manager, stream, { seq: position + 1 }),
        catch: (error) => new LogUnavailable({ reason: reasonOf(error) })
      })
      if (found) return
    }
  })

  const all = Effect.gen(function* () {
    for (;;) {
      if (position >= upTo) return
      const before = position
      yield* pass
      if (position === before) yield* passOver
    }
  })
  const aFewTimes = Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 25 }))
  return Effect.retry(all, { schedule: aFewTimes, while: (error) => error instanceof LogUnavailable })
}

/** The most positions of which the leader is asked whether it has what another replica has not. */
const mostConfirmed = 1_000

/** The positions between two that nobody can read any more. A replica that is damaged alone is not the log. */
export const unreadableIn = Effect.fnUntraced(function* (
  nats: NatsConnection,
  manager: JetStreamManager,
  scanned: Scanned,
  progress: (position: number) => void = () => {}
) {
  const gaps: Array<Stretch> = []
  let next = scanned.after + 1
  yield* scan(nats, manager, { ...scanned, headersOnly: true }, (deliveries) =>
    Effect.sync(() => {
      for (const { position } of deliveries) {
        if (position > next) gaps.push({ from: next, to: position - 1 })
        next = position + 1
      }
      progress(next - 1)
    })
  )
  if (next <= scanned.upTo) gaps.push({ from: next, to: scanned.upTo })
  progress(scanned.upTo)
  return yield* Effect.tryPromise({
    try: () => confirmed(manager, scanned.stream, gaps),
    catch: (error) => new LogUnavailable({ reason: reasonOf(error) })
  })
})

const confirmed = async (manager: JetStreamManager, stream: string, gaps: ReadonlyArray<Stretch>) => {
  const still: Array<Stretch> = []
  let asked = 0
  for (const gap of gaps) {
    if (asked + gap.to - gap.from >= mostConfirmed) {
      still.push(gap)
      continue
    }
    for (let seq = gap.from; seq <= gap.to; seq++, asked++) {
      if (await messageAt(manager, stream, { seq })) continue
      const last = still.at(-1)
      if (last && last.to === seq - 1) still[still.length - 1] = { from: last.from, to: seq }
      else still.push({ from: seq, to: seq })
    }
  }
  return still
}
