import { Cause, Effect, Schedule } from "effect"
import type { Slice } from "#domain/model/index.ts"
import { Commands, isPassing } from "#layers/commands/Commands.ts"
import { isVoid } from "#layers/deadLetters/voidPosition.ts"
import { trouble } from "#layers/processors/ProcessorErrors.ts"
import { backOff } from "#layers/processors/supervise.ts"
import { thrown } from "#layers/processors/thrownError.ts"
import { EventLog, isUnreadable, type Read } from "#layers/services/EventLog.ts"
import { derive } from "#layers/services/Ids.ts"
import type { Recorded } from "#layers/services/RecordedEvent.ts"
import { VoidedPositions } from "#layers/services/VoidedPositions.ts"

const aFewTimes = Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 5 }))

/** Why an event cannot be answered, and how often that was tried. */
export interface Unanswered {
  readonly reason: string
  readonly attempts: number
}

/** How an automation, called `name` in what it reports, answers one event with its command. */
export const answering = Effect.fnUntraced(function* (automation: Slice.Automation<any, any>, name: string) {
  const log = yield* EventLog
  const commands = yield* Commands
  const voided = yield* VoidedPositions

  /** The command id comes from the fact's, so that a fact handed over twice is answered once. */
  const answer = (cause: Recorded) =>
    Effect.suspend(() => {
      const inputs: ReadonlyArray<any> = automation.react(cause.fact)
      return Effect.forEach(
        inputs,
        (input, n) =>
          commands
            .execute(automation.issues, input, {
              actor: automation.by.name,
              commandId: derive(`${cause.id}/${automation.name}/${n}`),
              correlationId: cause.correlationId,
              causationId: cause.id,
              traceparent: cause.traceparent,
              after: cause
            })
            .pipe(
              Effect.catchTag("Refused", ({ refusal }) =>
                Effect.logDebug(`${automation.name}: ${automation.issues.name} was refused: ${refusal._tag}`)
              )
            ),
        { discard: true }
      )
    })

  /**
   * Fails with why a fact cannot be taken. What passes by itself (an outage, a full log, contention) is waited for. A
   * command that fails for another reason would fail again and is not repeated; what throws is tried a few times.
   */
  return (read: Read): Effect.Effect<void, Unanswered> => {
    if (isUnreadable(read)) {
      return Effect.flatMap(
        Effect.orDie(Effect.retry(Effect.provideService(isVoid(log, read), VoidedPositions, voided), backOff)),
        (voided) => (voided ? Effect.void : Effect.fail({ reason: read.reason, attempts: 1 }))
      )
    }
    let attempts = 0
    return Effect.suspend(() => {
      attempts++
      return answer(read)
    }).pipe(
      Effect.tapError((error) =>
        isPassing(error)
          ? Effect.andThen(Effect.logWarning(`${name} tries again: ${error.message}`), trouble(name, error.message))
          : Effect.void
      ),
      Effect.retry({ while: isPassing, schedule: backOff }),
      Effect.sandbox,
      Effect.retry({ schedule: aFewTimes, while: (cause) => Cause.hasDies(cause) && !Cause.hasInterrupts(cause) }),
      Effect.catch((cause) =>
        Cause.hasInterrupts(cause) ? Effect.interrupt : Effect.fail({ reason: thrown(Cause.squash(cause)), attempts })
      )
    )
  }
})
