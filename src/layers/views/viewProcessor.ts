import { Effect, Predicate, Schedule } from "effect"
import type { Board, Slice } from "#domain/model/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { fingerprintOf } from "#layers/codec/codeFingerprint.ts"
import { type DeadLetter, DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { splitAtNewer } from "#layers/deadLetters/untilNewer.ts"
import { eventAt, withoutVoid } from "#layers/deadLetters/voidPosition.ts"
import { viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import { trackErrors, recordError } from "#layers/processors/ProcessorErrors.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { skippedEvents } from "./deadLetterCollector.ts"
import { processEvents, type ViewContext } from "./processEvents.ts"
import { makeProjector, type Projector } from "./projector.ts"
import { rowDeadLetters } from "./rows/rowDeadLetters.ts"
import { RowIntegrity } from "./rows/RowIntegrity.ts"
import type { RowSource } from "./rows/rowSource.ts"
import { watchRows } from "./rows/rowWatch.ts"
import { type ProjectionCode, openViewCheckpoint, type CodeMismatch } from "./viewCheckpoint.ts"
import { viewProgress } from "./viewProgress.ts"

/** How often an instance that is standing by checks whether it still has to. */
const standBySchedule = Schedule.spaced("2 seconds")

/** Between finding rows of another generation and starting on them. */
const rebuildSchedule = Schedule.spaced("100 millis")

/** What this process knows of a view's rows. */
interface RowState {
  readonly fingerprint: string
  readonly integrity: RowIntegrity
  readonly progress: Effect.Success<ReturnType<typeof viewProgress>>
}

/** Repeats the opening of a checkpoint while the rows are those of another instance's code, and logs that once. */
const makeStandBy = (name: string) => {
  let isStandingBy = false
  const report = Effect.fnUntraced(function* (mismatch: CodeMismatch) {
    yield* recordError(name, mismatch)
    if (!isStandingBy) yield* Effect.logError(mismatch.message)
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

/** Runs a view on its rows, which it opens, watches and rebuilds: whenever they are lost, it starts on new ones. */
const runOnRows = Effect.fnUntraced(function* <E extends { readonly message: string }>(
  context: ViewContext,
  { fingerprint, integrity, progress }: RowState,
  restore: (paths: ReadonlySet<string>) => Effect.Effect<ReadonlyArray<string>, E>
) {
  const { bucket, deadLetters, log, name, subscription } = context
  let hasBegun = false
  let lostGeneration: { readonly generation: string | undefined; readonly reason: string } | undefined
  const code: ProjectionCode = {
    fingerprint,
    hasBegun: () => hasBegun,
    distrustReason: (generation) =>
      lostGeneration && lostGeneration.generation === generation ? lostGeneration.reason : undefined,
    checkedRevision: () => integrity.checkedRevision,
    // Dead letters are tried again with all other events.
    clearDeadLetters: deadLetters.clear(subscription.name)
  }
  const openCheckpoint = makeStandBy(name)(openViewCheckpoint(log, bucket, name, code))

  const run = Effect.gen(function* () {
    if (yield* bucket.ensure) {
      yield* progress.reset
      yield* Effect.logWarning(`${name} is rebuilt: its bucket was gone`)
    }
    const checkpoint = yield* trackErrors(name, openCheckpoint)
    hasBegun = true
    integrity.begin(checkpoint.generation, checkpoint.checkedRevision)
    return yield* Effect.raceFirst(
      processEvents(context, checkpoint),
      watchRows(name, bucket, integrity, restore)
    ).pipe(
      // Else an instance of older code would never be ready after a rollback.
      Effect.tapErrorTag("NewerEvent", () => progress.showAsFarAsKnown),
      Effect.tapErrorTag("RowsLost", ({ reason }) => {
        lostGeneration = { generation: checkpoint.generation, reason }
        return Effect.andThen(Effect.logWarning(`${name}: ${reason}`), progress.reset)
      })
    )
  })
  const mustRestart = ({ _tag }: { readonly _tag: string }) => _tag === "GenerationChanged" || _tag === "RowsLost"
  return yield* Effect.retry(run, { while: mustRestart, schedule: rebuildSchedule })
})

/** Retries a dead letter: folds its row again from the log, with this event and without the other dead letters. */
const retryDeadLetter =
  ({ log, projector, subscription }: ViewContext, makeIsSkipped: () => (position: number) => boolean) =>
  ({ position }: Pick<DeadLetter, "position">) =>
    Effect.gen(function* () {
      const event = yield* eventAt(log, position)
      if (!event) return
      const isOtherSkipped = makeIsSkipped()
      yield* projector.refold(event, {
        upTo: yield* log.lastPosition(subscription.types),
        isSkipped: (other) => other !== position && isOtherSkipped(other)
      })
    }).pipe(Effect.mapError((error) => (typeof error === "string" ? error : error.message)))

/** Starts the processor of a view: folds its events into its bucket, and restores rows that another client changes. */
export const startViewProcessor = Effect.fnUntraced(function* (board: Board.Any, view: Slice.View<any, any>) {
  const log = yield* EventLog
  const deadLetters = yield* DeadLetters
  const bucket = (yield* KeyValue).bucket(bucketOf(view))
  const subscription = viewSubscription(board, view)
  const { name: consumer, types } = subscription
  const name = `view ${view.shows.name}`
  const fingerprint = fingerprintOf(board, view)
  const integrity = new RowIntegrity()
  const progress = yield* viewProgress(name, bucket, { log, types, fingerprint })

  const { makeIsSkipped, withoutDismissed } = skippedEvents(deadLetters, consumer)
  const source: RowSource = {
    integrity,
    foldBefore: (paths, position) =>
      projector.foldRows(paths, { isSkipped: makeIsSkipped(), upTo: position, beforePosition: position })
  }
  const split = yield* splitAtNewer
  const projector: Projector = makeProjector({
    view,
    subscription,
    bucket,
    log,
    blockedStreams: () => deadLetters.blockedStreams(consumer),
    source,
    splitAtNewer: split,
    withoutVoid: (entries) => withoutVoid(log)(withoutDismissed(entries))
  })
  const restore = Effect.fnUntraced(function* (paths: ReadonlySet<string>) {
    const upTo = yield* log.lastPosition(types)
    return yield* projector.restore(paths, yield* projector.foldRows(paths, { isSkipped: makeIsSkipped(), upTo }))
  })

  const context: ViewContext = { name, subscription, bucket, log, deadLetters, projector, splitAtNewer: split }
  yield* supervise(name, runOnRows(context, { fingerprint, integrity, progress }, restore))
  yield* deadLetters.registerRetry(consumer, retryDeadLetter(context, makeIsSkipped))

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
