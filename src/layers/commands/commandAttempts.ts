import { Data, Effect } from "effect"
import type { Board, Decision } from "#domain/model/index.ts"
import type { AuditEntry } from "#layers/services/Audit.ts"
import type { EventLog } from "#layers/services/EventLog.ts"
import { deriveId, type Ids } from "#layers/services/Ids.ts"
import { cachedAttempt } from "./cachedAttempt.ts"
import type { initialStates } from "./commandStreams.ts"
import { type AnyDecision, type CommandInvocation, decider, isEvents } from "./decider.ts"
import { duplicateChecker } from "./duplicateChecker.ts"
import type { QueuedStates } from "./QueuedStates.ts"
import type { rowKeyChecker } from "./rowKeys.ts"
import { stateAppender } from "./stateAppender.ts"
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
  readonly queued: QueuedStates
  readonly ids: Ids["Service"]
  readonly snapshots: StateSnapshots
  readonly check: Decision.Checker
  readonly checkRowKeys: ReturnType<typeof rowKeyChecker>
  readonly initialStates: ReturnType<typeof initialStates>
  readonly onAppended: () => void
}

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

/**
 * One attempt to decide a command and to append its events, on cached states or on states read from the log. It leaves the
 * queue of its event streams as soon as the next command can be decided.
 */
export const commandAttempts = (board: Board.Any, dependencies: AttemptDependencies) => {
  const { cache, check, ids, log, queued, snapshots } = dependencies
  const duplicateCheck = duplicateChecker(board, log)
  const { load, refresh } = stateLoader(log, cache, snapshots)
  const append = stateAppender(board, dependencies)
  const { decide, decideOn } = decider(ids)

  const loadAndDecide = Effect.fnUntraced(function* (
    invocation: CommandInvocation,
    minPosition: MinPosition,
    leaveQueue: () => void
  ) {
    const { command, metadata, streams } = invocation
    yield* queued.settled(streams.expected)
    const { decision, known, loaded } = yield* decideOn(invocation, load(streams, minPosition))
    const ownEvents = yield* duplicateCheck.ownEvents(invocation, loaded)
    if (ownEvents.length > 0) return yield* duplicateCheck.firstReceipt(ownEvents, metadata)
    const error = check(command, streams.guarded, decision)
    if (error) return yield* error
    if (isEvents(decision) && decision.length > 0) return yield* append(invocation, known, decision, leaveQueue)
    return notAppended(invocation, loaded, decision)
  })

  return {
    attemptFromCache: cachedAttempt({ ...dependencies, append, decide, refresh }),
    loadAndDecide: (invocation: CommandInvocation, minPosition: MinPosition, leaveQueue: () => void) =>
      loadAndDecide(invocation, minPosition, leaveQueue).pipe(
        Effect.catchTag("DuplicateCommand", ({ position }) => duplicateCheck.resolveDuplicate(invocation, position))
      )
  }
}
