import { Cause, Effect, Exit } from "effect"
import type { Board, Key } from "#domain/model/index.ts"
import { type AppendError, PrecedingAppendFailed, type QueuedAppend } from "#layers/services/EventLog.ts"
import type { DomainEvent, RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import type { AttemptDependencies } from "./commandAttempts.ts"
import type { StreamRef } from "./commandStreams.ts"
import type { CommandInvocation, Known } from "./decider.ts"
import { QueuedState } from "./QueuedStates.ts"
import { type Receipt, receiptOf } from "./Receipt.ts"
import type { States } from "./States.ts"

const isUnsent = (cause: Cause.Cause<AppendError>): boolean => Cause.squash(cause) instanceof PrecedingAppendFailed

/** The state that an append added to each event stream that it expects; none where it only checks. */
type Added = ReadonlyArray<QueuedState | undefined>

interface StoredAppend {
  readonly known: Known
  /** The states that it added to the event streams. */
  readonly added: Added
  readonly stored: ReadonlyArray<RecordedEvent>
  readonly startedAt: number
}

/** Caches the states after an append that was stored, and that the other event streams did not change. */
const storedStateCacher = ({ cache, snapshots }: Pick<AttemptDependencies, "cache" | "snapshots">) =>
  Effect.fnUntraced(function* ({ added, known, startedAt, stored }: StoredAppend, expected: ReadonlyArray<StreamRef>) {
    for (const [n, stream] of expected.entries()) {
      const { text } = stream
      const { count, position } = known(stream)
      const last = stored.findLast(({ streamId }) => streamId === text)
      const state = added[n]
      if (!last || !state) {
        cache.confirm(text, position, startedAt)
        continue
      }
      const { lazyStates } = state
      state.position = last.position
      cache.advance(text, position, last, lazyStates, startedAt)
      yield* snapshots.saveIfDue(stream, count, { count: state.count, states: () => state.states, last })
    }
  })

/**
 * Appends the events of a decision. As soon as they are queued, the next command can be decided on the states after them, and
 * `leaveQueue` runs; once they are stored, these states are cached.
 */
export const stateAppender = (board: Board.Any, dependencies: AttemptDependencies) => {
  const { cache, checkRowKeys, initialStates, log, onAppended, queued } = dependencies
  const cacheStored = storedStateCacher(dependencies)

  /** The states on which the command was decided, and those that are cached for other projections. */
  const statesBefore = ({ id, text }: StreamRef, known: ReturnType<Known>): States => {
    if (known instanceof QueuedState) return known.states
    const cached = cache.get(text)
    const others = cached?.position === known.position ? cached.states : []
    const initial = known.position === 0 ? initialStates(id) : []
    // One for all new event streams: the cache keeps it.
    return known.states === initial ? initial : new Map([...initial, ...others, ...known.states])
  }

  const append = (
    { isRepeatable, metadata, streams: { expected, isPartlyRead } }: CommandInvocation,
    known: Known,
    events: ReadonlyArray<DomainEvent>,
    startedAt: number,
    leaveQueue: () => void
  ): Effect.Effect<ReadonlyArray<RecordedEvent>, AppendError> => {
    let added: Added = []

    const onQueued = (append: QueuedAppend) => {
      added = expected.map((stream) => {
        const own = append.events.filter(({ streamId }) => streamId === stream.text)
        if (own.length === 0) return undefined
        const state = new QueuedState(append, own, statesBefore(stream, known(stream)))
        queued.add(stream.text, state)
        return state
      })
      leaveQueue()
    }

    const onSettled = (exit: Exit.Exit<ReadonlyArray<RecordedEvent>, AppendError>) =>
      Effect.suspend(() => {
        if (Exit.isSuccess(exit)) return cacheStored({ known, added, stored: exit.value, startedAt }, expected)
        // The outcome of a failed append may be unknown.
        if (!isUnsent(exit.cause)) for (const { text } of expected) cache.doubt(text)
        return Effect.void
      }).pipe(
        Effect.andThen(Effect.sync(() => added.forEach((state, n) => state && queued.remove(expected[n]!.text, state))))
      )

    const versions = expected.map((stream) => ({ streamId: stream.id, version: known(stream) }))
    const options = { marksCommand: isRepeatable && isPartlyRead, onQueued }
    return Effect.onExit(log.append(versions, events, metadata, options), onSettled)
  }

  return Effect.fnUntraced(function* (
    invocation: CommandInvocation,
    known: Known,
    events: ReadonlyArray<DomainEvent>,
    leaveQueue: () => void
  ): Effect.fn.Return<Receipt, Key.InvalidKey | AppendError> {
    // A view could not process an event without a valid row key.
    yield* Effect.fromResult(checkRowKeys(events))
    const stored = yield* append(invocation, known, events, yield* monotonicMillis, leaveQueue)
    onAppended()
    return receiptOf(board, invocation.metadata, stored, false)
  })
}

export type StateAppender = ReturnType<typeof stateAppender>
