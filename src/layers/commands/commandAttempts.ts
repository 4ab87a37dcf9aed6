import { Data, Effect, Exit, Result } from "effect"
import type { Board, Command, Decision, Key } from "#domain/model/index.ts"
import type { AuditEntry } from "#layers/services/Audit.ts"
import { type AppendError, type StreamVersion, emptyStream } from "#layers/services/EventLog.ts"
import { deriveId } from "#layers/services/Ids.ts"
import type { DomainEvent, EventMetadata, RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { duplicateChecker } from "./duplicateChecker.ts"
import { type Receipt, receiptOf } from "./Receipt.ts"
import type { StateKey } from "./StateCache.ts"
import { type LoadDependencies, type LoadRequest, stateLoader } from "./stateLoader.ts"

/** A command with its input, event streams and metadata. */
export interface CommandInvocation extends LoadRequest {
  readonly input: unknown
  readonly metadata: EventMetadata
}

/** The command was rejected or had nothing to do: the entry has to be in the audit before the caller is answered. */
export class NotAppended extends Data.TaggedClass("NotAppended")<{
  readonly entry: AuditEntry
  /** The position of the guarded event stream. */
  readonly position: number
}> {}

const isEvents = (decision: Command.Decision<DomainEvent, DomainEvent>): decision is ReadonlyArray<DomainEvent> =>
  Array.isArray(decision)

export interface AttemptDependencies extends LoadDependencies {
  readonly check: Decision.Checker
  readonly onAppended: () => void
}

/** Appends the events of a decision, and updates the cached states. */
const stateAppender = (board: Board.Any, { cache, log, onAppended, plans, unguardedReads }: AttemptDependencies) => {
  const advanceCache = (
    { command, streams }: CommandInvocation,
    key: StateKey,
    state: unknown,
    version: StreamVersion,
    recorded: ReadonlyArray<RecordedEvent>
  ) => {
    const initial = version.position === 0 ? plans.initialStates(command.guards) : []
    cache.advance(streams.guardedId, version, recorded, new Map<StateKey, unknown>(initial).set(key, state))
  }

  /** States that other commands read without a guard change with every append, also with one whose outcome is unknown. */
  const observeOutcome = (guardedId: string) => (exit: Exit.Exit<ReadonlyArray<RecordedEvent>, unknown>) =>
    Effect.sync(() =>
      Exit.isSuccess(exit)
        ? unguardedReads.observe(guardedId, exit.value.at(-1)!.position)
        : unguardedReads.mayHaveChanged(guardedId)
    )

  return (
    invocation: CommandInvocation,
    key: StateKey,
    state: unknown,
    version: StreamVersion,
    events: ReadonlyArray<DomainEvent>
  ): Effect.Effect<Receipt, Key.InvalidKey | AppendError> => {
    const { metadata, streams } = invocation
    // A view could not process an event without a valid row key.
    const checked = plans.checkRowKeys(events)
    if (Result.isFailure(checked)) return Effect.fail(checked.failure)
    const appended = Effect.map(log.append(streams.guarded, version, events, metadata), (recorded) => {
      onAppended()
      advanceCache(invocation, key, state, version, recorded)
      return recorded
    })
    const observed = plans.isReadUnguarded(streams.guarded)
      ? Effect.onExit(appended, observeOutcome(streams.guardedId))
      : appended
    return Effect.map(observed, (recorded) => receiptOf(board, metadata, recorded, false))
  }
}

/** One attempt to decide a command and to append its events, on cached states or on states read from the log. */
export const commandAttempts = (board: Board.Any, dependencies: AttemptDependencies) => {
  const { cache, check, log, unguardedReads } = dependencies
  const duplicateCheck = duplicateChecker(board, log)
  const { load, refreshUnguardedRead } = stateLoader(dependencies)
  const append = stateAppender(board, dependencies)

  /** Returns `undefined` if the log has to be read: the cache is not usable, or the command does not succeed on it. */
  const decideFromCache = (invocation: CommandInvocation, now: number) => {
    const { command, input, streams } = invocation
    const unguardedRead = streams.readSpec && unguardedReads.get(streams.readSpec, now)
    if (streams.readSpec && !unguardedRead) return Effect.undefined
    const key: StateKey = unguardedRead ?? command.state
    const cached = cache.get(streams.guardedId)
    // A cache miss is treated as an empty event stream; the version check of `append` rejects a wrong guess.
    if (cached && !cached.states.has(key)) return Effect.undefined
    const state: unknown = cached ? cached.states.get(key) : unguardedRead ? unguardedRead.state : command.state.initial
    const decision: Command.Decision<DomainEvent, DomainEvent> = command.decide(state, input)
    if (!isEvents(decision) || decision.length === 0 || check(command, streams.guarded, decision))
      return Effect.undefined
    return append(invocation, key, state, cached ?? emptyStream, decision).pipe(
      Effect.catchTag(
        ["VersionConflict", "DuplicateCommand", "LogUnavailable", "MessageTooLarge"],
        () => Effect.undefined
      )
    )
  }

  const attemptFromCache = (invocation: CommandInvocation, now: number) => {
    const { guardedId, readSpec } = invocation.streams
    const expired = readSpec && unguardedReads.expired(readSpec, now)
    if (!expired || !cache.get(guardedId)?.states.has(expired)) return decideFromCache(invocation, now)
    return refreshUnguardedRead(invocation).pipe(
      Effect.flatMap((now) => decideFromCache(invocation, now)),
      Effect.catchTag(["LogUnavailable", "UndecodableEvent"], () => Effect.undefined)
    )
  }

  /** @param minPosition a position that the guarded event stream is known to have reached */
  const loadAndDecide = Effect.fnUntraced(function* (invocation: CommandInvocation, minPosition: number) {
    const { command, input, metadata, streams } = invocation
    const { key, history, state } = yield* load(invocation, minPosition)
    const ownEvents = duplicateCheck.eventsOfCommand(history.events, metadata)
    if (ownEvents.length > 0) return yield* duplicateCheck.firstReceipt(ownEvents, metadata)
    const decision: Command.Decision<DomainEvent, DomainEvent> = command.decide(state, input)
    const error = check(command, streams.guarded, decision)
    if (error) return yield* error
    if (isEvents(decision) && decision.length > 0) return yield* append(invocation, key, state, history, decision)
    const entry = { ...metadata, id: deriveId(`${metadata.commandId}/none`), streamId: streams.guardedId }
    return new NotAppended({
      entry: isEvents(decision)
        ? { ...entry, outcome: "unchanged" }
        : { ...entry, outcome: "refused", rejection: decision },
      position: history.position
    })
  })

  return {
    attemptFromCache,
    loadAndDecide: (invocation: CommandInvocation, minPosition: number) =>
      loadAndDecide(invocation, minPosition).pipe(
        Effect.catchTag("DuplicateCommand", ({ position }) =>
          duplicateCheck.resolveDuplicate(invocation.streams, invocation.metadata, position)
        )
      )
  }
}
