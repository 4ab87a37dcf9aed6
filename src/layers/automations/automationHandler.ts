import { Cause, Effect, Schedule } from "effect"
import { type Event, type Message, Slice } from "#domain/model/index.ts"
import { VoidedPositions } from "#layers/buckets/VoidedPositions.ts"
import { Commands, isTransient } from "#layers/commands/Commands.ts"
import { isVoid } from "#layers/deadLetters/voidPosition.ts"
import { failureReason } from "#layers/processors/failureReason.ts"
import { recordError } from "#layers/processors/ProcessorErrors.ts"
import { backOff } from "#layers/processors/supervise.ts"
import { EventLog, isUndecodable, type LogEntry } from "#layers/services/EventLog.ts"
import { deriveId } from "#layers/services/Ids.ts"
import { MessageSender } from "#layers/services/MessageSender.ts"
import { Observer } from "#layers/services/Observer.ts"
import { type DomainEvent, eventsOf, type RecordedEvent } from "#layers/services/RecordedEvent.ts"

const defectRetryPolicy = Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 5 }))

/** Why an automation cannot process an event, and the number of attempts. */
export interface ReactionFailure {
  readonly reason: string
  readonly attempts: number
}

/** Ids derive from the event's id, so that an event that is delivered twice has its effect once. */
const reactionId = (trigger: RecordedEvent, automation: Slice.AnyAutomation, n: number) =>
  deriveId(`${trigger.id}/${automation.name}/${n}`)

/** What an automation does about an event; about several, if an older event was split. */
const reactionsTo = (automation: Slice.AnyAutomation) => {
  const react = automation.react as (event: DomainEvent) => ReadonlyArray<any>
  const types = new Set((automation.when as ReadonlyArray<Event.Any>).map(({ identifier }) => identifier))
  return (trigger: RecordedEvent): ReadonlyArray<any> =>
    eventsOf(trigger).flatMap((event) => (types.has(event._tag) ? react(event) : []))
}

/** The executor of an automation's commands. */
const commandExecutor = (automation: Slice.Automation<any, any>, commands: Commands["Service"]) => {
  const reactions = reactionsTo(automation)
  const execute = (trigger: RecordedEvent, traceparent: string | undefined, input: any, n: number) =>
    commands
      .execute(automation.issues, input, {
        actor: automation.by.name,
        commandId: reactionId(trigger, automation, n),
        correlationId: trigger.correlationId,
        causationId: trigger.id,
        traceparent,
        after: trigger
      })
      .pipe(
        Effect.catchTag("Refused", ({ rejection }) =>
          Effect.logDebug(`${automation.name}: ${automation.issues.name} was rejected: ${rejection._tag}`)
        )
      )
  return (trigger: RecordedEvent, traceparent: string | undefined) =>
    Effect.suspend(() =>
      Effect.forEach(reactions(trigger), (input, n) => execute(trigger, traceparent, input, n), { discard: true })
    )
}

/** The sender of an automation's messages. A type that it does not declare is a defect of the board. */
const messageSender = (automation: Slice.MessageAutomation<any, any>, { send }: MessageSender["Service"]) => {
  const reactions = reactionsTo(automation)
  const declared = new Set((automation.sends as ReadonlyArray<Message.Any>).map(({ identifier }) => identifier))
  return (trigger: RecordedEvent, traceparent: string | undefined) =>
    Effect.suspend(() => {
      const messages: ReadonlyArray<DomainEvent> = reactions(trigger)
      const undeclared = messages.find(({ _tag }) => !declared.has(_tag))
      if (undeclared) throw new Error(`it sent ${undeclared._tag}, which is not in its sends: declare it there`)
      return Effect.forEach(
        messages,
        (message, n) =>
          send({
            id: reactionId(trigger, automation, n),
            message,
            automation: automation.name,
            actor: automation.by.name,
            streamId: trigger.streamId,
            time: trigger.time,
            correlationId: trigger.correlationId,
            causationId: trigger.id,
            traceparent
          }),
        { discard: true }
      )
    })
}

type Executor = (
  trigger: RecordedEvent,
  traceparent: string | undefined
) => Effect.Effect<void, Effect.Error<ReturnType<ReturnType<typeof commandExecutor | typeof messageSender>>>>

/** Whether a retry may succeed without a change of the board or the server. */
const isRetried = (error: { readonly _tag: string }): boolean =>
  error._tag === "MessageNotConfirmed" || isTransient(error)

/** Returns the function that reacts to one event with the automation's commands or messages. `name` is for logs and reported errors. */
export const automationHandler = Effect.fnUntraced(function* (automation: Slice.AnyAutomation, name: string) {
  const log = yield* EventLog
  const voided = yield* VoidedPositions
  const observer = yield* Observer

  const execute: Executor = Slice.issuesCommand(automation)
    ? commandExecutor(automation, yield* Commands)
    : messageSender(automation, yield* MessageSender)

  /**
   * Fails with the reason why an event cannot be processed. Transient errors (an outage, a full log, contention) are
   * retried without a limit. A command or message that fails for another reason would fail again, so it is not retried; a defect is
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
      return observer.reaction(automation.name, entry, (traceparent) => execute(entry, traceparent))
    }).pipe(
      Effect.tapError((error) =>
        isRetried(error)
          ? Effect.logWarning(`${name} retries: ${error.message}`).pipe(
              Effect.annotateLogs({ correlationId: entry.correlationId }),
              Effect.andThen(recordError(name, error))
            )
          : Effect.void
      ),
      Effect.retry({ while: isRetried, schedule: backOff }),
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
