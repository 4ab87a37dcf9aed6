import { Clock, Effect, Layer, Predicate, Schedule } from "effect"
import { type Board, type Command, Decision } from "#domain/model/index.ts"
import { Audit } from "#layers/services/Audit.ts"
import { EventLog, LogUnavailable } from "#layers/services/EventLog.ts"
import { FailPoint } from "#layers/services/FailPoint.ts"
import { digest, Ids } from "#layers/services/Ids.ts"
import type { Origin } from "#layers/services/RecordedEvent.ts"
import { RefusalLimit } from "#layers/services/RejectionLimit.ts"
import { growing } from "#layers/timing/cappedBackoff.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { budget } from "#layers/timing/requestTimeout.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"
import { type About, Commands, Contended, Refused } from "./Commands.ts"
import { type Asked, attempts, NotAppended } from "./decideAndAppend.ts"
import { dryRunner } from "./dryRun.ts"
import { type Places, plansOf } from "./readPlan.ts"
import { receiptOf } from "./Receipt.ts"
import { Memory } from "./StateCache.ts"
import { streamQueue } from "./StreamQueue.ts"
import { UnguardedReads } from "./UnguardedReads.ts"

const onConflict = Schedule.exponential("5 millis", 1.6).pipe(Schedule.jittered, Schedule.upTo({ times: 9 }))
const whileUnavailable = growing("100 millis", "1 second").pipe(upToElapsed("8 seconds"))

/** Milliseconds that an attempt needs at the least: who has less of the budget left is told so before it is tried. */
const shortestAttempt = 250

/** Milliseconds of waiting in the queue after which there is no time left for an attempt that the budget does not bound. */
const longWait = 3_000

const inTime = (millis: number) =>
  Effect.timeoutOrElse({
    duration: Math.max(1, millis),
    orElse: () => Effect.fail(new LogUnavailable({ reason: "it did not answer in time" }))
  })

/**
 * Look, decide, leap. The first look is at what this process remembers, for free: the guard on `append` makes a stale
 * memory harmless. A refusal, a conflict or an unknown outcome is never answered from memory: look at the log, for the
 * command's own facts first, and decide again. Commands on one event stream take turns in this process, so that each
 * decides on what the one before has appended; only other processes make conflicts.
 */
export const layer = (board: Board.Any, options: { readonly remembers?: number } = {}) =>
  Layer.effect(
    Commands,
    Effect.gen(function* () {
      const log = yield* EventLog
      const audit = yield* Audit
      const ids = yield* Ids
      const failPoint = yield* FailPoint
      const memory = new Memory(options.remembers ?? 50_000)
      const reads = new UnguardedReads(options.remembers ?? 50_000)
      const plans = plansOf(board)
      const check = Decision.checker(board)
      const queue = streamQueue()
      const onAppended = () => failPoint("after-append")
      const { fromCache, fromLog } = attempts(board, { log, memory, reads, plans, check, onAppended })

      const forget = ({ name, reading }: Places) => {
        memory.forget(name)
        if (reading) reads.forget(reading)
      }

      /** With the guarded event stream to itself, in this process. `begin` is when the caller began to wait. */
      const decided = Effect.fnUntraced(function* (asked: Asked, about: About, begin: number) {
        const { name, reading } = asked.places
        const now = yield* monotonicMillis
        if (now - begin > budget - shortestAttempt) return yield* new Contended({ place: name })
        const { after, commandId } = about
        const least = after?.place === name ? after.position : 0
        if (after && reading?.streams.includes(after.place)) reads.reached(after.place, after.position)
        const mayUseCache =
          (commandId === undefined || !memory.mayHaveDone(name, commandId)) &&
          memory.positionOf(name) >= least &&
          now - begin < longWait
        const cached = mayUseCache ? yield* fromCache(asked, now) : undefined
        if (cached) return cached
        const once = fromLog(asked, least)
        return yield* Effect.catchTag(once, ["Conflict", "LogUnavailable"], () =>
          once.pipe(
            Effect.retry({ schedule: onConflict, while: Predicate.isTagged("Conflict") }),
            Effect.catchTag("Conflict", ({ place }) => Effect.fail(new Contended({ place }))),
            Effect.retry({ schedule: whileUnavailable, while: Predicate.isTagged("LogUnavailable") })
          )
        ).pipe(inTime(budget - ((yield* monotonicMillis) - begin)))
      })

      /** No caller gets an answer that the audit does not have. The next command on the event stream need not wait for that. */
      const audited = Effect.fnUntraced(function* ({ line, position }: NotAppended, begin: number) {
        yield* (yield* RefusalLimit)(line.place)
        yield* audit
          .write(line)
          .pipe(
            Effect.retry({ schedule: whileUnavailable, while: Predicate.isTagged("LogUnavailable") }),
            inTime(budget - ((yield* monotonicMillis) - begin))
          )
        const { correlationId, refusal } = line
        if (refusal) return yield* Effect.fail(new Refused({ refusal, correlationId }))
        return { ...receiptOf(board, line, [], false), seq: position }
      })

      const originOf = Effect.fnUntraced(function* (
        command: Command.Any,
        input: unknown,
        correlationId: string,
        about: About
      ) {
        const commandId = about.commandId ?? (yield* ids.fresh)
        return (time: number): Origin => ({
          command: command.name,
          commandId,
          commandHash: digest([command.name, input]),
          actor: about.actor,
          correlationId: about.correlationId ?? correlationId,
          causationId: about.causationId ?? commandId,
          time: new Date(time).toISOString(),
          traceparent: about.traceparent
        })
      })

      const execute = Effect.fnUntraced(function* (command: Command.Any, input: unknown, about: About) {
        const begin = yield* monotonicMillis
        const places = yield* Effect.fromResult(plans.places(command, input))
        const originAt = yield* originOf(command, input, places.correlationId, about)
        const turn = Effect.flatMap(Clock.currentTimeMillis, (time) =>
          decided({ command, input, places, origin: originAt(time) }, about, begin)
        )
        const contended = () => new Contended({ place: places.name })
        const outcome = yield* queue.withTurn([places.name], turn, budget, contended).pipe(
          // A log that was created again has fewer events than the cache, and the log is right.
          Effect.tapErrorTag("LogUnavailable", () => Effect.sync(() => forget(places)))
        )
        return outcome instanceof NotAppended ? yield* audited(outcome, begin) : outcome
      })

      return { execute, dryRun: dryRunner(log, plans, check) } as Commands["Service"]
    })
  )
