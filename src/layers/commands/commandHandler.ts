import { Effect, Layer, Predicate, Schedule } from "effect"
import { type Board, type Command, Decision } from "#domain/model/index.ts"
import { Audit } from "#layers/services/Audit.ts"
import { EventLog, LogUnavailable } from "#layers/services/EventLog.ts"
import { FailPoint } from "#layers/services/FailPoint.ts"
import { Ids } from "#layers/services/Ids.ts"
import { Integrity } from "#layers/services/Integrity.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { RejectionLimit } from "#layers/services/RejectionLimit.ts"
import { cappedBackoff } from "#layers/timing/cappedBackoff.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { requestTimeoutMillis } from "#layers/timing/requestTimeout.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"
import { commandAttempts, NotAppended } from "./commandAttempts.ts"
import { commandPreparer } from "./commandPreparer.ts"
import { type CommandContext, Commands, StreamContended, CommandRejected } from "./Commands.ts"
import { type CommandStreams, initialStates } from "./commandStreams.ts"
import type { CommandInvocation } from "./decider.ts"
import { dryRunner } from "./dryRunner.ts"
import { receiptOf } from "./Receipt.ts"
import { rowKeyChecker } from "./rowKeys.ts"
import { StateCache } from "./StateCache.ts"
import { stateSnapshots } from "./stateSnapshots.ts"
import { streamQueue } from "./streamQueue.ts"
import { whenVerified } from "./whenVerified.ts"

const conflictRetryPolicy = Schedule.exponential("5 millis", 1.6).pipe(Schedule.jittered, Schedule.upTo({ times: 9 }))
const inFlightRetryPolicy = Schedule.spaced("2 millis").pipe(Schedule.jittered, upToElapsed("3 seconds"))
const isInFlight = (error: { readonly _tag: string; readonly isInFlight?: boolean }) => error.isInFlight === true
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
}

/**
 * Decides a command while no other one of this process changes the event streams that it guards or checks. `startedAt` is
 * when the command came, before it waited in the queue.
 */
const decideInTurn = ({ attemptFromCache, cache, loadAndDecide }: DecideDependencies) =>
  Effect.fnUntraced(function* (invocation: CommandInvocation, context: CommandContext, startedAt: number) {
    const { expected, first, guarded, trusted } = invocation.streams
    const now = yield* monotonicMillis
    if (now - startedAt > requestTimeoutMillis - minAttemptMillis)
      return yield* new StreamContended({ streamId: first })
    const { after, commandId } = context
    const minPosition = (streamId: string) => (after?.streamId === streamId ? after.position : 0)
    for (const { text } of trusted) if (cache.positionOf(text) < minPosition(text)) cache.doubt(text)
    const mayUseCache =
      (commandId === undefined || !guarded.some((streamId) => cache.mightContain(streamId, commandId))) &&
      expected.every(({ text }) => cache.positionOf(text) >= minPosition(text)) &&
      now - startedAt < maxQueueWaitMillis
    const cached = mayUseCache ? yield* attemptFromCache(invocation, now, minPosition) : undefined
    if (cached) return cached
    const attempt = loadAndDecide(invocation, minPosition)
    return yield* Effect.catchTag(attempt, ["VersionConflict", "LogUnavailable"], () =>
      attempt.pipe(
        // A write that is just being stored is waited for: it is no lost race.
        Effect.retry({ schedule: inFlightRetryPolicy, while: isInFlight }),
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

/**
 * Loads, decides, appends. The first attempt decides on cached states: the version check of `append` makes a stale cache
 * harmless. A rejection, a conflict or an unknown outcome is never answered from the cache: the log is read, first for
 * events of this command id, and the command is decided again. Commands on the same event streams take turns in this process,
 * so that each decides on the events of the previous one; only other processes cause conflicts.
 */
export const layer = (board: Board.Any, options: { readonly maxCachedStreams?: number } = {}) =>
  Layer.effect(
    Commands,
    Effect.gen(function* () {
      const log = yield* EventLog
      const audit = yield* Audit
      const ids = yield* Ids
      const failPoint = yield* FailPoint
      const snapshots = stateSnapshots(yield* KeyValue, yield* Effect.scope)
      const cache = new StateCache(options.maxCachedStreams ?? 50_000)
      const prepare = commandPreparer(board, ids)
      const check = Decision.checker(board)
      const checkRowKeys = rowKeyChecker(board)
      const queue = streamQueue()
      const attempts = commandAttempts(board, {
        log,
        cache,
        ids,
        snapshots,
        check,
        checkRowKeys,
        initialStates: initialStates(board),
        onAppended: () => failPoint("after-append")
      })
      const decide = decideInTurn({ ...attempts, cache })
      const writeAudit = auditWriter(board, audit)
      const integrity = yield* Integrity
      const verified = whenVerified(integrity)
      const decideNow = dryRunner(log, ids, snapshots, check, checkRowKeys)

      const evict = ({ expected, trusted }: CommandStreams) => {
        for (const { text } of [...expected, ...trusted]) cache.forget(text)
      }

      const execute = Effect.fnUntraced(function* (command: Command.Any, request: unknown, context: CommandContext) {
        const startedAt = yield* monotonicMillis
        const { invocation, streams } = yield* prepare(command, request, context)
        const turn = Effect.flatMap(invocation, (invocation) => decide(invocation, context, startedAt))
        const streamContended = () => new StreamContended({ streamId: streams.first })
        const outcome = yield* queue.withTurn(streams.expected, turn, requestTimeoutMillis, streamContended).pipe(
          // A recreated log has fewer events than the cache; then the cache is wrong.
          Effect.tapErrorTag("LogUnavailable", () => Effect.sync(() => evict(streams)))
        )
        const receipt = outcome instanceof NotAppended ? yield* writeAudit(outcome, startedAt) : outcome
        integrity.observe(receipt.seq)
        return receipt
      })

      return {
        execute: (command: Command.Any, request: unknown, context: CommandContext) =>
          verified(execute(command, request, context)),
        dryRun: (command: Command.Any, request: unknown, caller: CommandContext) =>
          verified(
            prepare(command, request, caller).pipe(
              Effect.flatMap(({ invocation }) => invocation),
              Effect.flatMap(decideNow)
            )
          )
      } as Commands["Service"]
    })
  )
