import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, FiberHandle, Layer, Schedule, Stream, SubscriptionRef } from "effect"
import type { Board } from "#domain/model/index.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { leaderElectionRetry } from "#layers/nats/provision/provision.ts"
import { Connection } from "#layers/services/Connection.ts"
import { Integrity } from "#layers/services/Integrity.ts"
import { compareLog } from "./compareLog.ts"
import { attemptComparison, type ComparisonFailed, recheckInterval, confirmFindings } from "./confirmFindings.ts"
import type { PositionRange } from "./findDamage.ts"
import { makeLinkCounter } from "./linkCounter.ts"
import { LogKnowledge } from "./LogKnowledge.ts"
import { readLogState } from "./logState.ts"
import { lastOlderPosition, defaultNewestCount, findUnreadableNewest, findUnreadableOlder } from "./verification.ts"

/** Interval between comparisons while the link is up. */
const compareInterval = "10 seconds"

interface MonitorContext {
  readonly replicas: number
  readonly nats: NatsConnection
  readonly manager: JetStreamManager
  readonly board: Board.Any
  readonly known: LogKnowledge
  readonly newestCount: number
}

/**
 * Confirms and stores the findings of a check, and returns the link. Findings over a link that was lost do not describe
 * the present log: they are dropped, and undefined is returned.
 */
const concludeCheck = (
  { known, replicas }: MonitorContext,
  link: () => number,
  check: Effect.Effect<ReadonlyArray<string>, ComparisonFailed>
) =>
  Effect.gen(function* () {
    const checkedLink = link()
    const findings = yield* confirmFindings(check, replicas)
    if (checkedLink !== link()) return undefined
    const previous = known.comparisonFindings.join()
    known.setFindings(findings)
    if (findings.length > 0 && previous !== findings.join()) yield* Effect.logError(known.damage!.summary)
    else if (findings.length === 0 && previous !== "") yield* Effect.logWarning(`The log ${known.log} is whole again`)
    return checkedLink
  })

/** Records which of the newest events the server cannot read; replaces earlier records of unreadable events. */
const verifyNewest = ({ board, known, manager, nats, newestCount }: MonitorContext) =>
  Effect.gen(function* () {
    const serverId = nats.info?.server_id
    const state = yield* attemptComparison(() => readLogState(manager, board.name))
    const gaps = yield* findUnreadableNewest(nats, manager, board, state, newestCount)
    known.setUnreadable(gaps)
    if (gaps.length > 0) yield* Effect.logError(known.damage!.summary)
    known.verifiedServerId = serverId
    return gaps
  }).pipe(Effect.retry(Schedule.spaced(recheckInterval)), Effect.orDie)

/**
 * Reads the events before the newest, slowly, and records which of them the server cannot read, in addition to
 * `newestGaps`.
 */
const verifyOlder = (
  { board, known, manager, nats, newestCount }: MonitorContext,
  newestGaps: ReadonlyArray<PositionRange>
) =>
  Effect.gen(function* () {
    const state = yield* attemptComparison(() => readLogState(manager, board.name))
    if (state === undefined) return
    known.verificationTarget = state.last
    const first = state.last - lastOlderPosition(state, newestCount)
    known.verified = first
    const recordProgress = (position: number) => void (known.verified = first + position)
    const gaps = yield* findUnreadableOlder(nats, manager, board, state, newestCount, recordProgress)
    if (gaps.length === 0) return
    known.setUnreadable([...gaps, ...newestGaps])
    yield* Effect.logError(known.damage!.summary)
  }).pipe(Effect.retry(Schedule.spaced("10 seconds")), Effect.orDie)

/**
 * Reads the whole log again when another server process responds: the newest events first, the older ones in the
 * background.
 */
const reverifyIfRestarted = (
  context: MonitorContext,
  inBackground: (work: Effect.Effect<void>) => Effect.Effect<unknown>
) =>
  Effect.gen(function* () {
    if (context.known.verifiedServerId === context.nats.info?.server_id) return
    const newestGaps = verifyNewest(context)
    if (context.replicas > 1) {
      yield* inBackground(Effect.flatMap(newestGaps, (gaps) => verifyOlder(context, gaps)))
    } else {
      yield* inBackground(verifyOlder(context, yield* newestGaps))
    }
  })

/**
 * The checks that query the servers: `quick` is one request, so that commands need not wait until each lane has a
 * leader again.
 */
const makeChecks = ({ board, known, manager, replicas }: MonitorContext) => {
  const quick = attemptComparison(async () =>
    known.findings({ state: await readLogState(manager, board.name), findings: [] })
  )
  const full = attemptComparison(async () => known.findings(await compareLog(manager, board)))
  /** If the server rejects a part of it, as for a lane that it cannot read, commands must not wait forever. */
  const fullOrQuick = Effect.catchIf(
    full,
    ({ isPermanent }) => isPermanent,
    () => quick
  )
  return { full, first: replicas > 1 ? quick : fullOrQuick }
}

/**
 * Compares after each reconnect and at each `compareInterval`, until the scope closes. `compared` holds the link of the
 * last comparison after a reconnect.
 */
const monitor = Effect.fnUntraced(function* (
  context: MonitorContext,
  link: () => number,
  compared: SubscriptionRef.SubscriptionRef<number | undefined>
) {
  const { known, replicas } = context
  const connection = yield* Connection
  const verifying = yield* FiberHandle.make()
  const { first, full } = makeChecks(context)
  const inBackground = (work: Effect.Effect<void>) => FiberHandle.run(verifying, work)
  const isCompared = () => known.comparedLink === link()
  const forgetComparison = Effect.sync(() => void (known.comparedLink = undefined))
  const afterReconnect = Effect.gen(function* () {
    const checkedLink = yield* Effect.retry(concludeCheck(context, link, first), Schedule.spaced(recheckInterval))
    yield* reverifyIfRestarted(context, inBackground)
    known.comparedLink = checkedLink
    yield* SubscriptionRef.set(compared, checkedLink)
    if (replicas > 1) yield* Effect.ignore(concludeCheck(context, link, full))
  })
  yield* connection.changes.pipe(
    Stream.tap(({ state }) => (state === "down" ? forgetComparison : Effect.void)),
    Stream.switchMap(({ state }) => Stream.fromEffect(state === "down" || isCompared() ? Effect.void : afterReconnect)),
    Stream.runDrain,
    Effect.forkScoped
  )
  yield* Effect.suspend(() => (isCompared() ? Effect.asVoid(concludeCheck(context, link, full)) : Effect.void)).pipe(
    Effect.ignore,
    Effect.repeat(Schedule.spaced(compareInterval)),
    Effect.forkScoped
  )
  yield* inBackground(verifyOlder(context, []))
})

/**
 * Monitors the log while the app runs: compares it with its witnesses after each reconnect and every ten seconds, and
 * reads it in the background, except its `newestCount` newest events, which the check at start has read. A server that
 * was restarted may have found its files damaged, so everything is read from it again, the newest events first.
 *
 * @param replicas With one, commands wait after a reconnect until everything derived from the log was compared and the
 * newest events were read. With more, only the log itself is checked first, since lanes may have no leader for a while,
 * and one restarted node does not represent the log.
 */
export const layer = (board: Board.Any, newestCount = defaultNewestCount, replicas = 1) =>
  Layer.effect(
    Integrity,
    Effect.gen(function* () {
      const nats = yield* Nats
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const state = yield* Effect.retry(
        attemptComparison(() => readLogState(manager, board.name)),
        leaderElectionRetry
      )
      const link = makeLinkCounter(nats)
      const known = new LogKnowledge(board.name, state?.identity ?? "")
      known.comparedLink = link()
      known.verifiedServerId = nats.info?.server_id
      const compared = yield* SubscriptionRef.make<number | undefined>(known.comparedLink)
      yield* monitor({ nats, manager, board, known, newestCount, replicas }, link, compared)

      const epoch = () => (known.comparedLink === link() ? known.comparedLink : undefined)
      const isCompared = () => epoch() !== undefined
      const awaitVerified: Effect.Effect<void> = Effect.suspend(() =>
        isCompared() && known.damage === undefined
          ? Effect.void
          : Effect.andThen(Effect.sleep(recheckInterval), awaitVerified)
      )
      return {
        damage: () => known.damage,
        awaitVerified,
        isCompared,
        epoch,
        awaitCompared: SubscriptionRef.changes(compared).pipe(Stream.filter(isCompared), Stream.runHead, Effect.asVoid),
        observe: known.observePosition,
        verification: () => ({ verified: known.verified, of: known.verificationTarget })
      }
    })
  )
