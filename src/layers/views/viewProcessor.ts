import { Array, Effect, Predicate, Schedule } from "effect"
import type { Board, Slice } from "#domain/model/index.ts"
import { DeadLetters, type NewDeadLetter } from "#layers/deadLetters/DeadLetters.ts"
import { eventAt, withoutVoid } from "#layers/deadLetters/voidPosition.ts"
import { trackErrors, recordError } from "#layers/processors/ProcessorErrors.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { viewSubscription } from "#layers/services/boardSubscriptions.ts"
import { bucketOf } from "#layers/services/bucketNames.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { fingerprintOf } from "./codeFingerprint.ts"
import type { ReplayEntry } from "./deadLetterCollector.ts"
import { makeProjector, shouldRefold } from "./projector.ts"
import { rowDeadLetters } from "./rowDeadLetters.ts"
import { RowIntegrity } from "./RowIntegrity.ts"
import type { RowSource } from "./rowSource.ts"
import { watchRows } from "./rowWatch.ts"
import { type ProjectionCode, openViewCheckpoint, type CodeMismatch } from "./viewCheckpoint.ts"
import { viewProgress } from "./viewProgress.ts"

/** From this many positions on, reading the log in pages is faster than consuming its events. */
const catchUpThreshold = 5_000

/** How often an instance that is standing by checks whether it still has to. */
const standBySchedule = Schedule.spaced("2 seconds")

/** Between finding rows of another generation and starting on them. */
const rebuildSchedule = Schedule.spaced("100 millis")

/** The events that a view's rows lack: dead letters, and those that an operator dismissed. */
const skippedEvents = (deadLetters: DeadLetters["Service"], consumer: string) => ({
  makeIsSkipped: () => {
    const positions = new Set([
      ...deadLetters.ofConsumer(consumer).map(({ position }) => position),
      ...deadLetters.dismissedPositions(consumer)
    ])
    return (position: number) => positions.has(position)
  },
  withoutDismissed: <M extends ReplayEntry>(entries: ReadonlyArray<M>): ReadonlyArray<M> => {
    const dismissed = deadLetters.dismissedPositions(consumer)
    return dismissed.size === 0 ? entries : entries.filter(({ position }) => !dismissed.has(position))
  }
})

/** Repeats the opening of a checkpoint while the rows are those of another instance's code, and logs that once. */
const makeStandBy = (name: string) => {
  let isStandingBy = false
  const report = Effect.fnUntraced(function* ({ message }: CodeMismatch) {
    yield* recordError(name, message)
    if (!isStandingBy) yield* Effect.logError(message)
    isStandingBy = true
  })
  return <A, E extends { readonly _tag: string }, R>(open: Effect.Effect<A, E | CodeMismatch, R>) =>
    open.pipe(
      Effect.tapError((error) => (error._tag === "CodeMismatch" ? report(error as CodeMismatch) : Effect.void)),
      Effect.retry({ while: Predicate.isTagged("CodeMismatch"), schedule: standBySchedule }),
      Effect.tap(() =>
        Effect.sync(() => {
          isStandingBy = false
        })
      )
    )
}

/** Starts the processor of a view: folds its events into its bucket, and restores rows that another client changes. */
export const startViewProcessor = Effect.fnUntraced(function* (board: Board.Any, view: Slice.View<any, any>) {
  const log = yield* EventLog
  const consumers = yield* Subscriptions
  const deadLetters = yield* DeadLetters
  const bucket = (yield* KeyValue).bucket(bucketOf(view))
  const subscription = viewSubscription(view)
  const { name: consumer, types } = subscription
  const name = `view ${view.shows.name}`
  const fingerprint = fingerprintOf(view)
  const integrity = new RowIntegrity()
  const progress = yield* viewProgress(name, bucket, { log, types, fingerprint })

  const { makeIsSkipped, withoutDismissed } = skippedEvents(deadLetters, consumer)
  const source: RowSource = {
    integrity,
    foldBefore: (paths, position) =>
      projector.foldRows(log, types, paths, { isSkipped: makeIsSkipped(), upTo: position, beforePosition: position })
  }
  const projector = makeProjector(
    view,
    subscription,
    bucket,
    () => deadLetters.blockedStreams(consumer),
    source,
    (entries) => withoutVoid(log)(withoutDismissed(entries))
  )
  const restore = Effect.fnUntraced(function* (paths: ReadonlySet<string>) {
    const upTo = yield* log.lastPosition(types)
    return yield* projector.restore(
      paths,
      yield* projector.foldRows(log, types, paths, { isSkipped: makeIsSkipped(), upTo })
    )
  })

  let hasBegun = false
  let lostGeneration: { readonly generation: string | undefined; readonly reason: string } | undefined
  const code: ProjectionCode = {
    fingerprint,
    hasBegun: () => hasBegun,
    distrustReason: (generation) =>
      lostGeneration && lostGeneration.generation === generation ? lostGeneration.reason : undefined,
    checkedRevision: () => integrity.checkedRevision,
    // Dead letters are tried again with all other events.
    clearDeadLetters: deadLetters.clear(consumer)
  }
  const openCheckpoint = makeStandBy(name)(openViewCheckpoint(log, bucket, name, code))

  const run = Effect.gen(function* () {
    if (yield* bucket.ensure) {
      yield* progress.reset
      yield* Effect.logWarning(`${name} is rebuilt: its bucket was gone`)
    }
    const viewCheckpoint = yield* trackErrors(name, openCheckpoint)
    hasBegun = true
    integrity.begin(viewCheckpoint.generation, viewCheckpoint.checkedRevision)
    // In this order: dead letters up to the position are known then.
    const resumeFrom = Effect.tap(viewCheckpoint.position, deadLetters.awaitSync)
    const onProgress = (position: number, newDeadLetters: ReadonlyArray<NewDeadLetter>) =>
      Effect.andThen(deadLetters.add(newDeadLetters), viewCheckpoint.advance(position))

    /** Reads the log in pages if the view is far behind. */
    const catchUp = Effect.fnUntraced(function* (mayBeEmpty: boolean) {
      const after = yield* resumeFrom
      const upTo = yield* log.lastPosition(types)
      if (upTo - after < catchUpThreshold) return
      yield* projector.replay(log, types, { after, upTo, isEmpty: mayBeEmpty && after === 0 }, onProgress)
    })

    const retryCatchUp = Effect.retry(catchUp(false), { while: shouldRefold })
    const consume = Effect.catchTag(catchUp(true), ["RevisionChanged", "ValueTooLarge"], () => retryCatchUp).pipe(
      Effect.andThen(
        consumers.run(
          subscription,
          (batch) =>
            trackErrors(
              name,
              viewCheckpoint.commit(
                Array.lastNonEmpty(batch).position,
                Effect.flatMap(projector.applyEntries(batch), deadLetters.add)
              )
            ),
          resumeFrom
        )
      )
    )
    return yield* Effect.raceFirst(consume, watchRows(name, bucket, integrity, restore)).pipe(
      Effect.tapErrorTag("RowsLost", ({ reason }) => {
        lostGeneration = { generation: viewCheckpoint.generation, reason }
        return Effect.andThen(Effect.logWarning(`${name}: ${reason}`), progress.reset)
      })
    )
  })
  const mustRestart = ({ _tag }: { readonly _tag: string }) => _tag === "GenerationChanged" || _tag === "RowsLost"
  yield* supervise(name, Effect.retry(run, { while: mustRestart, schedule: rebuildSchedule }))

  yield* deadLetters.registerRetry(consumer, ({ position }) =>
    Effect.gen(function* () {
      const event = yield* eventAt(log, position)
      if (!event) return
      const isOtherSkipped = makeIsSkipped()
      yield* projector.refold(log, types, event.event, {
        upTo: yield* log.lastPosition(types),
        isSkipped: (other) => other !== position && isOtherSkipped(other)
      })
    }).pipe(Effect.mapError((error) => (typeof error === "string" ? error : error.message)))
  )

  return {
    bucket,
    decode: projector.decode,
    deadLetters: rowDeadLetters(board, view, log, () => deadLetters.ofConsumer(consumer)),
    integrity,
    dismissedPositions: () => deadLetters.dismissedPositions(consumer),
    progress,
    subscription
  }
})

export type ViewProcessor = Effect.Success<ReturnType<typeof startViewProcessor>>
