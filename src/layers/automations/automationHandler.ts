import { Cause, Effect, Schedule } from "effect"
import type { Slice } from "#domain/model/index.ts"
import { VoidedPositions } from "#layers/buckets/VoidedPositions.ts"
import { Commands, isTransient } from "#layers/commands/Commands.ts"
import { isVoid } from "#layers/deadLetters/voidPosition.ts"
import { failureReason } from "#layers/processors/failureReason.ts"
import { recordError } from "#layers/processors/ProcessorErrors.ts"
import { backOff } from "#layers/processors/supervise.ts"
import { EventLog, isUndecodable, type LogEntry } from "#layers/services/EventLog.ts"
import { deriveId } from "#layers/services/Ids.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"

const defectRetryPolicy = Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 5 }))

/** Why an automation cannot process an event, and the number of attempts. */
export interface ReactionFailure {
  readonly reason: string
  readonly attempts: number
}

/** Returns the function that reacts to one event with the automation's commands. `name` is for logs and reported errors. */
export const automationHandler = Effect.fnUntraced(function* (automation: Slice.Automation<any, any>, name: string) {
  const log = yield* EventLog
  const commands = yield* Commands
  const voided = yield* VoidedPositions

  /** The command ids derive from the event's id, so that an event that is delivered twice has its effect once. */
  const executeCommands = (trigger: RecordedEvent) =>
    Effect.suspend(() => {
      const inputs: ReadonlyArray<any> = automation.react(trigger.event)
      return Effect.forEach(
        inputs,
        (input, n) =>
          commands
            .execute(automation.issues, input, {
              actor: automation.by.name,
              commandId: deriveId(`${trigger.id}/${automation.name}/${n}`),
              correlationId: trigger.correlationId,
              causationId: trigger.id,
              traceparent: trigger.traceparent,
              after: trigger
            })
            .pipe(
              Effect.catchTag("Refused", ({ rejection }) =>
                Effect.logDebug(`${automation.name}: ${automation.issues.name} was rejected: ${rejection._tag}`)
              )
            ),
        { discard: true }
      )
    })

  /**
   * Fails with the reason why an event cannot be processed. Transient errors (an outage, a full log, contention) are
   * retried without a limit. A command that fails for another reason would fail again, so it is not retried; a defect is
   * retried up to 5 times.
   */
  return (entry: LogEntry): Effect.Effect<void, ReactionFailure> => {
    if (isUndecodable(entry)) {
      return Effect.flatMap(
        Effect.orDie(Effect.retry(Effect.provideService(isVoid(log, entry), VoidedPositions, voided), backOff)),
        (isVoided) => (isVoided ? Effect.void : Effect.fail({ reason: entry.reason, attempts: 1 }))
      )
    }
    let attempts = 0
    return Effect.suspend(() => {
      attempts++
      return executeCommands(entry)
    }).pipe(
      Effect.tapError((error) =>
        isTransient(error)
          ? Effect.andThen(Effect.logWarning(`${name} retries: ${error.message}`), recordError(name, error.message))
          : Effect.void
      ),
      Effect.retry({ while: isTransient, schedule: backOff }),
      Effect.sandbox,
      Effect.retry({
        schedule: defectRetryPolicy,
        while: (cause) => Cause.hasDies(cause) && !Cause.hasInterrupts(cause)
      }),
      Effect.catch((cause) =>
        Cause.hasInterrupts(cause)
          ? Effect.interrupt
          : Effect.fail({ reason: failureReason(Cause.squash(cause)), attempts })
      )
    )
  }
})
