import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, FiberHandle, Layer, Schedule, Stream, SubscriptionRef } from "effect"
import type { Board } from "#domain/model/index.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { untilThereAreLeaders } from "#layers/nats/provision/provision.ts"
import { Connection } from "#layers/services/Connection.ts"
import { Integrity } from "#layers/services/Integrity.ts"
import { compare } from "./compareLog.ts"
import { asked, type NotCompared, pause, settle } from "./confirmFindings.ts"
import { links } from "./connectionTerm.ts"
import type { Stretch } from "./findings.ts"
import { Known } from "./KnownEnd.ts"
import { logStateOf } from "./logState.ts"
import { endOfRest, newestRead, unreadableNewest, unreadableRest } from "./verification.ts"

/** Between two comparisons while nothing happens. */
const interval = "10 seconds"

interface Watched {
  readonly replicas: number
  readonly nats: NatsConnection
  readonly manager: JetStreamManager
  readonly board: Board.Any
  readonly known: Known
  readonly newest: number
}

/** What was found over a link that is lost says nothing of the log as it is now. Answers with the link otherwise. */
const concludeFrom = (
  { known, replicas }: Watched,
  link: () => number,
  look: Effect.Effect<ReadonlyArray<string>, NotCompared>
) =>
  Effect.gen(function* () {
    const on = link()
    const found = yield* settle(look, replicas)
    if (on !== link()) return undefined
    const before = known.found.join()
    known.compared(found)
    if (found.length > 0 && before !== found.join()) yield* Effect.logError(known.damage!.summary)
    else if (found.length === 0 && before !== "") yield* Effect.logWarning(`The log ${known.log} is whole again`)
    return on
  })

/** Notes what the server cannot read of the newest events; whatever could not be read before does not count any more. */
const verifyNewest = ({ board, known, manager, nats, newest }: Watched) =>
  Effect.gen(function* () {
    const from = nats.info?.server_id
    const state = yield* asked(() => logStateOf(manager, board.name))
    const gaps = yield* unreadableNewest(nats, manager, board, state, newest)
    known.couldNotRead(gaps)
    if (gaps.length > 0) yield* Effect.logError(known.damage!.summary)
    known.readFrom = from
    return gaps
  }).pipe(Effect.retry(Schedule.spaced(pause)), Effect.orDie)

/** Reads what comes before the newest events, slowly, and notes what the server cannot read, beside what is known. */
const verifyRest = ({ board, known, manager, nats, newest }: Watched, before: ReadonlyArray<Stretch>) =>
  Effect.gen(function* () {
    const state = yield* asked(() => logStateOf(manager, board.name))
    if (state === undefined) return
    known.of = state.last
    const first = state.last - endOfRest(state, newest)
    known.verified = first
    const note = (position: number) => void (known.verified = first + position)
    const gaps = yield* unreadableRest(nats, manager, board, state, newest, note)
    if (gaps.length === 0) return
    known.couldNotRead([...gaps, ...before])
    yield* Effect.logError(known.damage!.summary)
  }).pipe(Effect.retry(Schedule.spaced("10 seconds")), Effect.orDie)

/** Reads all of the log again when another server process answers, the newest events first; what comes before, in the background. */
const readAgain = (watched: Watched, inBackground: (work: Effect.Effect<void>) => Effect.Effect<unknown>) =>
  Effect.gen(function* () {
    if (watched.known.readFrom === watched.nats.info?.server_id) return
    const newest = verifyNewest(watched)
    if (watched.replicas > 1) {
      yield* inBackground(Effect.flatMap(newest, (gaps) => verifyRest(watched, gaps)))
    } else {
      yield* inBackground(verifyRest(watched, yield* newest))
    }
  })

/** What is asked of the servers: `quick` is one question, so that commands need not wait for each lane to be there again. */
const looks = ({ board, known, manager, replicas }: Watched) => {
  const quick = asked(async () => known.findings({ state: await logStateOf(manager, board.name), found: [] }))
  const full = asked(async () => known.findings(await compare(manager, board)))
  /** Where the server refuses part of it, as for a lane that it cannot read, commands must not wait for good. */
  const unlessRefused = Effect.catchIf(
    full,
    ({ refused }) => refused,
    () => quick
  )
  return { full, first: replicas > 1 ? quick : unlessRefused }
}

/** Compares after each reconnect and every `interval`, until the scope closes. `compared`: the link over which it did. */
const watch = Effect.fnUntraced(function* (
  watched: Watched,
  link: () => number,
  compared: SubscriptionRef.SubscriptionRef<number | undefined>
) {
  const { known, replicas } = watched
  const connection = yield* Connection
  const verifying = yield* FiberHandle.make()
  const { first, full } = looks(watched)
  const inBackground = (work: Effect.Effect<void>) => FiberHandle.run(verifying, work)
  const isCompared = () => known.comparedOn === link()
  const lost = Effect.sync(() => void (known.comparedOn = undefined))
  const afterReconnect = Effect.gen(function* () {
    const on = yield* Effect.retry(concludeFrom(watched, link, first), Schedule.spaced(pause))
    yield* readAgain(watched, inBackground)
    known.comparedOn = on
    yield* SubscriptionRef.set(compared, on)
    if (replicas > 1) yield* Effect.ignore(concludeFrom(watched, link, full))
  })
  yield* connection.changes.pipe(
    Stream.tap(({ state }) => (state === "down" ? lost : Effect.void)),
    Stream.switchMap(({ state }) => Stream.fromEffect(state === "down" || isCompared() ? Effect.void : afterReconnect)),
    Stream.runDrain,
    Effect.forkScoped
  )
  yield* Effect.suspend(() => (isCompared() ? Effect.asVoid(concludeFrom(watched, link, full)) : Effect.void)).pipe(
    Effect.ignore,
    Effect.repeat(Schedule.spaced(interval)),
    Effect.forkScoped
  )
  yield* inBackground(verifyRest(watched, []))
})

/**
 * Watches over the log while the app runs: compares it with what is known of it after each reconnect, and every ten seconds;
 * and reads it through in the background, less its `newest` events, which the start has read. A server that was started again
 * may have found its files damaged, so all is read from it once more, the newest events first.
 *
 * @param replicas With one, commands wait after a reconnect until all that is derived from the log was asked, and the newest
 * events were read. With more, only the log itself is asked first, since lanes may have no leader for a while, and one node
 * that was started again is not the log.
 */
export const layer = (board: Board.Any, newest = newestRead, replicas = 1) =>
  Layer.effect(
    Integrity,
    Effect.gen(function* () {
      const nats = yield* Nats
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const state = yield* Effect.retry(
        asked(() => logStateOf(manager, board.name)),
        untilThereAreLeaders
      )
      const link = links(nats)
      const known = new Known(board.name, state?.identity ?? "")
      known.comparedOn = link()
      known.readFrom = nats.info?.server_id
      const compared = yield* SubscriptionRef.make<number | undefined>(known.comparedOn)
      yield* watch({ nats, manager, board, known, newest, replicas }, link, compared)

      const epoch = () => (known.comparedOn === link() ? known.comparedOn : undefined)
      const isCompared = () => epoch() !== undefined
      const sound: Effect.Effect<void> = Effect.suspend(() =>
        isCompared() && known.damage === undefined ? Effect.void : Effect.andThen(Effect.sleep(pause), sound)
      )
      return {
        damage: () => known.damage,
        sound,
        isCompared,
        epoch,
        compared: SubscriptionRef.changes(compared).pipe(Stream.filter(isCompared), Stream.runHead, Effect.asVoid),
        saw: known.saw,
        verification: () => ({ verified: known.verified, of: known.of })
      }
    })
  )
