import { Data, Effect, Exit } from "effect"
import type { Board, Decision, Key } from "#domain/model/index.ts"
import type { AuditEntry } from "#layers/services/Audit.ts"
import type { AppendError, EventLog } from "#layers/services/EventLog.ts"
import { deriveId, type Ids } from "#layers/services/Ids.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { cachedAttempt } from "./cachedAttempt.ts"
import type { initialStates } from "./commandStreams.ts"
import { type AnyDecision, type CommandInvocation, decider, isEvents, type Known } from "./decider.ts"
import { duplicateChecker } from "./duplicateChecker.ts"
import { type Receipt, receiptOf } from "./Receipt.ts"
import type { rowKeyChecker } from "./rowKeys.ts"
import type { StateCache } from "./StateCache.ts"
import { type LoadedStream, type MinPosition, stateLoader } from "./stateLoader.ts"
import type { StateSnapshots } from "./stateSnapshots.ts"

/** The command was rejected or had nothing to do: the entry has to be in the audit before the caller is answered. */
export class NotAppended extends Data.TaggedClass("NotAppended")<{
  readonly entry: AuditEntry
  /** The newest position of the event streams that the command must not see change. */
  readonly position: number
}> {}

export interface AttemptDependencies {
  readonly log: EventLog["Service"]
  readonly cache: StateCache
  readonly ids: Ids["Service"]
  readonly snapshots: StateSnapshots
  readonly check: Decision.Checker
  readonly checkRowKeys: ReturnType<typeof rowKeyChecker>
  readonly initialStates: ReturnType<typeof initialStates>
  readonly onAppended: () => void
}

/** Appends the events of a decision, and updates the cached states. */
const stateAppender = (
  board: Board.Any,
  { cache, checkRowKeys, initialStates, log, onAppended, snapshots }: AttemptDependencies
) =>
  Effect.fnUntraced(function* (
    { isRepeatable, metadata, streams: { expected, isPartlyRead } }: CommandInvocation,
    known: Known,
    events: ReadonlyArray<DomainEvent>
  ): Effect.fn.Return<Receipt, Key.InvalidKey | AppendError> {
    // A view could not process an event without a valid row key.
    yield* Effect.fromResult(checkRowKeys(events))
    const startedAt = yield* monotonicMillis
    const versions = expected.map((stream) => ({ streamId: stream.id, version: known(stream) }))
    const appended = log.append(versions, events, metadata, { marksCommand: isRepeatable && isPartlyRead })
    const stored = yield* Effect.onExit(appended, (exit) =>
      // The outcome of a failed append may be unknown.
      Effect.sync(() => Exit.isFailure(exit) && expected.forEach(({ text }) => cache.doubt(text)))
    )
    onAppended()
    for (const stream of expected) {
      const { id, text } = stream
      const version = known(stream)
      const added = stored.filter(({ streamId }) => streamId === text)
      if (added.length === 0) {
        cache.confirm(text, version, startedAt)
        continue
      }
      const initial = version.position === 0 ? initialStates(id) : []
      cache.advance(text, version, added, new Map([...initial, ...version.states]), startedAt)
      const cached = cache.get(text)
      if (!cached) continue
      const { count } = cached
      yield* snapshots.saveIfDue(stream, version.count, { count, states: () => cached.states, last: added.at(-1)! })
    }
    return receiptOf(board, metadata, stored, false)
  })

const notAppended = (
  { metadata, streams }: CommandInvocation,
  loaded: ReadonlyArray<LoadedStream>,
  decision: AnyDecision
) => {
  const entry = { ...metadata, id: deriveId(`${metadata.commandId}/none`), streamId: streams.first }
  const isExpected = ({ stream }: LoadedStream) => stream.use !== "trusts"
  return new NotAppended({
    entry: isEvents(decision)
      ? { ...entry, outcome: "unchanged" }
      : { ...entry, outcome: "refused", rejection: decision },
    position: Math.max(0, ...loaded.filter(isExpected).map(({ position }) => position))
  })
}

export type StateAppender = ReturnType<typeof stateAppender>

/** One attempt to decide a command and to append its events, on cached states or on states read from the log. */
export const commandAttempts = (board: Board.Any, dependencies: AttemptDependencies) => {
  const { cache, check, ids, log, snapshots } = dependencies
  const duplicateCheck = duplicateChecker(board, log)
  const { load, refresh } = stateLoader(log, cache, snapshots)
  const append = stateAppender(board, dependencies)
  const { decide, decideOn } = decider(ids)

  const loadAndDecide = Effect.fnUntraced(function* (invocation: CommandInvocation, minPosition: MinPosition) {
    const { command, metadata, streams } = invocation
    const { decision, known, loaded } = yield* decideOn(invocation, load(streams, minPosition))
    const ownEvents = yield* duplicateCheck.ownEvents(invocation, loaded)
    if (ownEvents.length > 0) return yield* duplicateCheck.firstReceipt(ownEvents, metadata)
    const error = check(command, streams.guarded, decision)
    if (error) return yield* error
    if (isEvents(decision) && decision.length > 0) return yield* append(invocation, known, decision)
    return notAppended(invocation, loaded, decision)
  })

  return {
    attemptFromCache: cachedAttempt({ ...dependencies, append, decide, refresh }),
    loadAndDecide: (invocation: CommandInvocation, minPosition: MinPosition) =>
      loadAndDecide(invocation, minPosition).pipe(
        Effect.catchTag("DuplicateCommand", ({ position }) => duplicateCheck.resolveDuplicate(invocation, position))
      )
  }
}
