import { Clock, Effect, Layer, Predicate, Schedule } from "effect"
import { type Board, type Command, Decision } from "#domain/model/index.ts"
import { Audit } from "#layers/services/Audit.ts"
import { EventLog, LogUnavailable } from "#layers/services/EventLog.ts"
import { FailPoint } from "#layers/services/FailPoint.ts"
import { digest, Ids } from "#layers/services/Ids.ts"
import { Integrity, type LogDamaged } from "#layers/services/Integrity.ts"
import type { EventMetadata } from "#layers/services/RecordedEvent.ts"
import { RejectionLimit } from "#layers/services/RejectionLimit.ts"
import { cappedBackoff } from "#layers/timing/cappedBackoff.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { requestTimeoutMillis } from "#layers/timing/requestTimeout.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"
import { type CommandInvocation, commandAttempts, NotAppended } from "./commandAttempts.ts"
import { type CommandContext, Commands, StreamContended, CommandRejected } from "./Commands.ts"
import { dryRunner } from "./dryRunner.ts"
import { type StreamRefs, readPlans } from "./readPlans.ts"
import { receiptOf } from "./Receipt.ts"
import { StateCache } from "./StateCache.ts"
import { streamQueue } from "./streamQueue.ts"
import { UnguardedReads } from "./UnguardedReads.ts"

const conflictRetryPolicy = Schedule.exponential("5 millis", 1.6).pipe(Schedule.jittered, Schedule.upTo({ times: 9 }))
const unavailableRetryPolicy = cappedBackoff("100 millis", "1 second").pipe(upToElapsed("8 seconds"))

/** The least time for an attempt: a command with less time left fails before the attempt. */
const minAttemptMillis = 250

/** The longest wait in the queue after which an attempt from the cache, which has no timeout, still fits. */
const maxQueueWaitMillis = 3_000

const withTimeout = (millis: number) =>
  Effect.timeoutOrElse({
    duration: Math.max(1, millis),
    orElse: () => Effect.fail(new LogUnavailable({ reason: "it did not answer in time" }))
  })

interface DecideDependencies extends ReturnType<typeof commandAttempts> {
  readonly cache: StateCache
  readonly unguardedReads: UnguardedReads
}

/**
 * Decides a command while no other one of this process uses the guarded event stream. `startedAt` is when the command came,
 * before it waited in the queue.
 */
const decideInTurn = ({ attemptFromCache, cache, loadAndDecide, unguardedReads }: DecideDependencies) =>
  Effect.fnUntraced(function* (invocation: CommandInvocation, context: CommandContext, startedAt: number) {
    const { guardedId, readSpec } = invocation.streams
    const now = yield* monotonicMillis
    if (now - startedAt > requestTimeoutMillis - minAttemptMillis)
      return yield* new StreamContended({ streamId: guardedId })
    const { after, commandId } = context
    const minPosition = after?.streamId === guardedId ? after.position : 0
    if (after && readSpec?.streams.includes(after.streamId)) unguardedReads.observe(after.streamId, after.position)
    const mayUseCache =
      (commandId === undefined || !cache.mightContain(guardedId, commandId)) &&
      cache.positionOf(guardedId) >= minPosition &&
      now - startedAt < maxQueueWaitMillis
    const cached = mayUseCache ? yield* attemptFromCache(invocation, now) : undefined
    if (cached) return cached
    const attempt = loadAndDecide(invocation, minPosition)
    return yield* Effect.catchTag(attempt, ["VersionConflict", "LogUnavailable"], () =>
      attempt.pipe(
        Effect.retry({ schedule: conflictRetryPolicy, while: Predicate.isTagged("VersionConflict") }),
        Effect.catchTag("VersionConflict", ({ streamId }) => Effect.fail(new StreamContended({ streamId }))),
        Effect.retry({ schedule: unavailableRetryPolicy, while: Predicate.isTagged("LogUnavailable") })
      )
    ).pipe(withTimeout(requestTimeoutMillis - ((yield* monotonicMillis) - startedAt)))
  })

/**
 * Writes to the audit, and then answers, so that no answer is missing in the audit. It runs after the command's turn: the
 * next command need not wait for it.
 */
const auditWriter = (board: Board.Any, audit: Audit["Service"]) =>
  Effect.fnUntraced(function* ({ entry, position }: NotAppended, startedAt: number) {
    yield* (yield* RejectionLimit)(entry.streamId)
    yield* audit
      .write(entry)
      .pipe(
        Effect.retry({ schedule: unavailableRetryPolicy, while: Predicate.isTagged("LogUnavailable") }),
        withTimeout(requestTimeoutMillis - ((yield* monotonicMillis) - startedAt))
      )
    const { correlationId, rejection } = entry
    if (rejection) return yield* Effect.fail(new CommandRejected({ rejection, correlationId }))
    return { ...receiptOf(board, entry, [], false), seq: position }
  })

/** Returns the metadata of a command's events as a function of their time. */
const metadataFactory = (ids: Ids["Service"]) =>
  Effect.fnUntraced(function* (command: Command.Any, input: unknown, correlationId: string, context: CommandContext) {
    const commandId = context.commandId ?? (yield* ids.fresh)
    return (time: number): EventMetadata => ({
      command: command.name,
      commandId,
      commandHash: digest([command.name, input]),
      actor: context.actor,
      correlationId: context.correlationId ?? correlationId,
      causationId: context.causationId ?? commandId,
      time: new Date(time).toISOString(),
      traceparent: context.traceparent
    })
  })

/**
 * Runs a command only while the log is verified: on a log that has lost events, even a rejection would be wrong. After a
 * reconnect it waits until the log was compared again.
 */
const whenVerified = (integrity: Integrity["Service"]) => {
  const notVerified = new LogUnavailable({
    reason: "the connection was lost, and the log has not been verified again yet"
  })
  const awaitCompared = integrity.awaitCompared.pipe(
    Effect.timeoutOrElse({ duration: requestTimeoutMillis, orElse: () => Effect.fail(notVerified) })
  )
  return <A, E, R>(run: Effect.Effect<A, E, R>) => {
    const unlessDamaged = Effect.suspend((): Effect.Effect<A, E | LogDamaged, R> => {
      const damage = integrity.damage()
      return damage ? Effect.fail(damage) : run
    })
    return Effect.suspend(() => (integrity.isCompared() ? unlessDamaged : Effect.andThen(awaitCompared, unlessDamaged)))
  }
}

/**
 * Loads, decides, appends. The first attempt decides on cached states: the version check of `append` makes a stale cache
 * harmless. A rejection, a conflict or an unknown outcome is never answered from the cache: the log is read, first for
 * events of this command id, and the command is decided again. Commands on one event stream take turns in this process, so
 * that each decides on the events of the previous one; only other processes cause conflicts.
 */
export const layer = (board: Board.Any, options: { readonly maxCachedStreams?: number } = {}) =>
  Layer.effect(
    Commands,
    Effect.gen(function* () {
      const log = yield* EventLog
      const audit = yield* Audit
      const ids = yield* Ids
      const failPoint = yield* FailPoint
      const cache = new StateCache(options.maxCachedStreams ?? 50_000)
      const unguardedReads = new UnguardedReads(options.maxCachedStreams ?? 50_000)
      const plans = readPlans(board)
      const check = Decision.checker(board)
      const queue = streamQueue()
      const onAppended = () => failPoint("after-append")
      const attempts = commandAttempts(board, { log, cache, unguardedReads, plans, check, onAppended })
      const decide = decideInTurn({ ...attempts, cache, unguardedReads })
      const writeAudit = auditWriter(board, audit)
      const metadataOf = metadataFactory(ids)
      const integrity = yield* Integrity
      const verified = whenVerified(integrity)
      const decideNow = dryRunner(log, plans, check)

      const evict = ({ guardedId, readSpec }: StreamRefs) => {
        cache.forget(guardedId)
        if (readSpec) unguardedReads.forget(readSpec)
      }

      const execute = Effect.fnUntraced(function* (command: Command.Any, input: unknown, context: CommandContext) {
        const startedAt = yield* monotonicMillis
        const streams = yield* Effect.fromResult(plans.resolveStreams(command, input))
        const metadataAt = yield* metadataOf(command, input, streams.correlationId, context)
        const turn = Effect.flatMap(Clock.currentTimeMillis, (time) =>
          decide({ command, input, streams, metadata: metadataAt(time) }, context, startedAt)
        )
        const streamContended = () => new StreamContended({ streamId: streams.guardedId })
        const outcome = yield* queue.withTurn([streams.guardedId], turn, requestTimeoutMillis, streamContended).pipe(
          // A recreated log has fewer events than the cache; then the cache is wrong.
          Effect.tapErrorTag("LogUnavailable", () => Effect.sync(() => evict(streams)))
        )
        const receipt = outcome instanceof NotAppended ? yield* writeAudit(outcome, startedAt) : outcome
        integrity.observe(receipt.seq)
        return receipt
      })

      return {
        execute: (command: Command.Any, input: unknown, context: CommandContext) =>
          verified(execute(command, input, context)),
        dryRun: (command: Command.Any, input: unknown) => verified(decideNow(command, input))
      } as Commands["Service"]
    })
  )
