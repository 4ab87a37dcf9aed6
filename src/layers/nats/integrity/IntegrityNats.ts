import type { Board } from "#domain/grammar/index.ts"
import { JetStreamApiError, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Data, Duration, Effect, Layer, Schedule, Stream, SubscriptionRef } from "effect"
import { Connection } from "../../Connection.ts"
import { Integrity, LogDamaged } from "../../Integrity.ts"
import { monotonicMillis } from "../../monotonic.ts"
import { reasonOf } from "../../reasonOf.ts"
import * as Subject from "../../wire/Subject.ts"
import { Nats } from "../Nats.ts"
import { isPassing, untilThereAreLeaders } from "../provision.ts"
import { compare, type Comparison } from "./compare.ts"
import { findingsOf, unreadable } from "./findings.ts"
import { links } from "./links.ts"
import { logStateOf } from "./logState.ts"
import { unreadableIn } from "./scan.ts"
import { newestRead } from "./startCheck.ts"

/** Between two comparisons while nothing happens. */
const interval = "10 seconds"
/** A leader that has just been elected, or does not know yet that it is none any more, may be behind for a while. */
const certainAfter = Duration.toMillis(Duration.seconds(4))
const pause = "250 millis"
/** Events a second that are read in the background: a tenth of a processor. */
const perSecond = 25_000

/** A leader that has to say how the log stands did not. */
class NotCompared extends Data.TaggedError("NotCompared")<{ readonly reason: string; readonly refused: boolean }> {
  override get message() {
    return `Whether the log is whole cannot be found out: ${this.reason}`
  }
}

/** An answer that will be the same the next time. */
const isRefused = (error: unknown) => error instanceof JetStreamApiError && !isPassing(error)

const asked = <A>(work: () => Promise<A>) =>
  Effect.tryPromise({
    try: work,
    catch: (error) => new NotCompared({ reason: reasonOf(error), refused: isRefused(error) })
  })

/** What a process knows of its log, beside what stands in the server. */
class Known {
  /** The newest position that this process has been answered with. */
  position = 0
  readonly identity: string
  /** The link over which the log was compared last; undefined once that is lost. */
  comparedOn: number | undefined
  unreadable: ReadonlyArray<string> = []
  found: ReadonlyArray<string> = []
  /** Of both: asked for by each command. */
  damage: LogDamaged | undefined
  verified = 0
  of = 0

  constructor(identity: string, link: number) {
    this.identity = identity
    this.comparedOn = link
  }

  conclude(
    log: string,
    { found = this.found, unreadable = this.unreadable }: Partial<Pick<Known, "found" | "unreadable">>
  ) {
    this.found = found
    this.unreadable = unreadable
    const all = [...found, ...unreadable]
    this.damage = all.length === 0 ? undefined : new LogDamaged({ log, found: all })
  }

  readonly saw = (position: number) => {
    if (position > this.position) this.position = position
  }

  /** What stands against the log as it is now. */
  findings({ found, state }: Pick<Comparison, "found" | "state">): ReadonlyArray<string> {
    if (state === undefined) return ["its stream is gone"]
    if (state.identity !== this.identity)
      return ["another log has taken its place since this app started: start the app again"]
    const own = { by: "this process", position: this.position, log: this.identity }
    return [...new Set([...findingsOf(state, [own]), ...found])]
  }
}

/** Reads what was not read at the start, slowly, and notes what the server cannot read. */
const verifyRest = (nats: NatsConnection, manager: JetStreamManager, board: Board.Any, known: Known, newest: number) =>
  Effect.gen(function* () {
    const state = yield* asked(() => logStateOf(manager, board.name))
    if (state === undefined) return
    known.of = state.last
    const stretch = { after: Math.max(0, state.first - 1), upTo: Math.max(0, state.last - newest) }
    const first = state.last - stretch.upTo
    known.verified = first
    const scanned = { stream: board.name, filter: Subject.ofLog(board), perSecond, ...stretch }
    const gaps = yield* unreadableIn(nats, manager, scanned, (position) => void (known.verified = first + position))
    if (gaps.length === 0) return
    known.conclude(board.name, { unreadable: [unreadable(gaps)] })
    yield* Effect.logError(known.damage!.summary)
  }).pipe(Effect.retry(Schedule.spaced("10 seconds")))

/**
 * Watches over the log while the app runs: compares it with what is known of it after each reconnect, and every ten seconds;
 * and reads it through once in the background, less its `newest` events, which the start has read.
 *
 * @param replicas With one, commands wait after a reconnect until all that is derived from the log was asked. With more, only
 * the log itself is asked first, since lanes may have no leader for a while.
 */
export const layer = (board: Board.Any, newest = newestRead, replicas = 1) =>
  Layer.effect(
    Integrity,
    Effect.gen(function* () {
      const nats = yield* Nats
      const connection = yield* Connection
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const state = yield* Effect.retry(
        asked(() => logStateOf(manager, board.name)),
        untilThereAreLeaders
      )
      const link = links(nats)
      const known = new Known(state?.identity ?? "", link())
      const epoch = () => (known.comparedOn === link() ? known.comparedOn : undefined)
      const isCompared = () => epoch() !== undefined
      const compared = yield* SubscriptionRef.make(known.comparedOn)

      /** Looks until it is certain; a loss only counts if it is there for some seconds. */
      const settle = (look: Effect.Effect<ReadonlyArray<string>, NotCompared>) =>
        Effect.gen(function* () {
          const begin = yield* monotonicMillis
          for (;;) {
            const found = yield* look
            const isCertain = found.length === 0 || (yield* monotonicMillis) - begin >= certainAfter
            if (isCertain) return found
            yield* Effect.sleep(pause)
          }
        })

      /** What was found over a link that is lost says nothing of the log as it is now. */
      const concludeFrom = (look: Effect.Effect<ReadonlyArray<string>, NotCompared>) =>
        Effect.gen(function* () {
          const on = link()
          const found = yield* settle(look)
          if (on !== link()) return undefined
          const before = known.found.join()
          known.conclude(board.name, { found })
          if (found.length > 0 && before !== found.join()) yield* Effect.logError(known.damage!.summary)
          else if (found.length === 0 && before !== "") yield* Effect.logWarning(`The log ${board.name} is whole again`)
          return on
        })

      /** One question, so that commands need not wait for each lane to be there again. */
      const quick = asked(async () => known.findings({ state: await logStateOf(manager, board.name), found: [] }))
      const full = asked(async () => known.findings(await compare(manager, board)))
      /** Where the server refuses part of it, as for a lane that it cannot read, commands must not wait for good. */
      const first =
        replicas > 1
          ? quick
          : Effect.catchIf(
              full,
              ({ refused }) => refused,
              () => quick
            )

      const lost = Effect.sync(() => void (known.comparedOn = undefined))
      const afterReconnect = Effect.gen(function* () {
        known.comparedOn = yield* Effect.retry(concludeFrom(first), Schedule.spaced(pause))
        yield* SubscriptionRef.set(compared, known.comparedOn)
        if (replicas > 1) yield* Effect.ignore(concludeFrom(full))
      })
      yield* connection.changes.pipe(
        Stream.tap(({ state }) => (state === "down" ? lost : Effect.void)),
        Stream.switchMap(({ state }) =>
          Stream.fromEffect(state === "down" || isCompared() ? Effect.void : afterReconnect)
        ),
        Stream.runDrain,
        Effect.forkScoped
      )
      yield* Effect.suspend(() => (isCompared() ? Effect.asVoid(concludeFrom(full)) : Effect.void)).pipe(
        Effect.ignore,
        Effect.repeat(Schedule.spaced(interval)),
        Effect.forkScoped
      )
      yield* Effect.forkScoped(verifyRest(nats, manager, board, known, newest))

      return {
        damage: () => known.damage,
        isCompared,
        epoch,
        compared: SubscriptionRef.changes(compared).pipe(Stream.filter(isCompared), Stream.runHead, Effect.asVoid),
        saw: known.saw,
        verification: () => ({ verified: known.verified, of: known.of })
      }
    })
  )
