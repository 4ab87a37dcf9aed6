import { Effect, Layer, Predicate } from "effect"
import { type Board, type Command, Decision } from "#domain/model/index.ts"
import { Audit } from "#layers/services/Audit.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { FailPoint } from "#layers/services/FailPoint.ts"
import { Ids } from "#layers/services/Ids.ts"
import { Integrity } from "#layers/services/Integrity.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Observer } from "#layers/services/Observer.ts"
import { RejectionLimit } from "#layers/services/RejectionLimit.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { commandAttempts, NotAppended } from "./commandAttempts.ts"
import { commandPreparer } from "./commandPreparer.ts"
import { type CommandContext, CommandRejected, Commands } from "./Commands.ts"
import { type CommandStreams, initialStates } from "./commandStreams.ts"
import { commandTurns } from "./commandTurns.ts"
import { dryRunner } from "./dryRunner.ts"
import { QueuedStates } from "./QueuedStates.ts"
import { receiptOf } from "./Receipt.ts"
import { unavailableRetryPolicy, withinRequestTime } from "./requestTime.ts"
import { rowKeyChecker } from "./rowKeys.ts"
import { StateCache } from "./StateCache.ts"
import { stateSnapshots } from "./stateSnapshots.ts"
import { whenVerified } from "./whenVerified.ts"

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
        withinRequestTime(startedAt)
      )
    const { correlationId, rejection } = entry
    if (rejection) return yield* Effect.fail(new CommandRejected({ rejection, correlationId }))
    return { ...receiptOf(board, entry, [], false), seq: position }
  })

/**
 * Loads, decides, appends. The first attempt decides on cached states: the version check of `append` makes a stale cache
 * harmless. A rejection, a conflict or an unknown outcome is never answered from the cache: the log is read, first for
 * events of this command id, and the command is decided again. Commands on the same event streams take turns in this process,
 * so that each decides on the events of the previous one, which may still be queued; only other processes cause conflicts.
 */
export const layer = (board: Board.Any, options: { readonly maxCachedStreams?: number } = {}) =>
  Layer.effect(
    Commands,
    Effect.gen(function* () {
      const log = yield* EventLog
      const audit = yield* Audit
      const ids = yield* Ids
      const failPoint = yield* FailPoint
      const snapshots = stateSnapshots(board, yield* KeyValue, yield* Effect.scope)
      const cache = new StateCache(options.maxCachedStreams ?? 50_000)
      const prepare = commandPreparer(board, ids)
      const check = Decision.checker(board)
      const checkRowKeys = rowKeyChecker(board)
      const queued = new QueuedStates()
      const attempts = commandAttempts(board, {
        log,
        cache,
        queued,
        ids,
        snapshots,
        check,
        checkRowKeys,
        initialStates: initialStates(board),
        onAppended: () => failPoint("after-append")
      })
      const decide = commandTurns({ ...attempts, cache, queued, observer: yield* Observer })
      const writeAudit = auditWriter(board, audit)
      const integrity = yield* Integrity
      const verified = whenVerified(integrity)
      const decideNow = dryRunner(log, ids, snapshots, check, checkRowKeys)

      const evict = ({ expected, trusted }: CommandStreams) => {
        for (const { text } of [...expected, ...trusted]) cache.forget(text)
      }

      const execute = Effect.fnUntraced(function* (command: Command.Any, request: unknown, context: CommandContext) {
        const startedAt = yield* monotonicMillis
        const prepared = yield* prepare(command, request, context)
        const outcome = yield* decide(prepared, context, startedAt).pipe(
          // A recreated log has fewer events than the cache; then the cache is wrong.
          Effect.tapErrorTag("LogUnavailable", () => Effect.sync(() => evict(prepared.streams)))
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
