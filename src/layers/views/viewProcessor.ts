import { Array, Effect, Predicate, Schedule } from "effect"
import type { Board, Slice } from "#domain/model/index.ts"
import { Parking, type Stuck } from "#layers/deadLetters/DeadLetters.ts"
import { eventAt, withoutVoid } from "#layers/deadLetters/voidPosition.ts"
import { noted, trouble } from "#layers/processors/ProcessorErrors.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { bucketOf } from "#layers/services/buckets.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Consumers } from "#layers/services/Subscriptions.ts"
import { ofView } from "#layers/services/subscriptionsOf.ts"
import { fingerprintOf } from "./codeFingerprint.ts"
import { folder, isToTakeAgain } from "./projector.ts"
import type { Met, RowSource } from "./rowBuffer.ts"
import { rowDeadLetters } from "./rowDeadLetters.ts"
import { RowIntegrity } from "./RowIntegrity.ts"
import { watchRows } from "./rowWatch.ts"
import { type Code, making, type OtherCode } from "./viewGeneration.ts"
import { viewProgress } from "./viewProgress.ts"

/** From so many positions on, reading the log in one go is quicker than being handed the facts. */
const farBehind = 5_000

/** How often an instance that stands by looks whether it still has to. */
const standBySchedule = Schedule.spaced("2 seconds")

/** Between finding that the rows are not this generation's and beginning with those that are. */
const rebuildSchedule = Schedule.spaced("100 millis")

/** A view at work: folds its facts into its bucket, and restores what something else changed there. */
export const followView = Effect.fnUntraced(function* (board: Board.Any, view: Slice.View<any, any>) {
  const log = yield* EventLog
  const consumers = yield* Consumers
  const parking = yield* Parking
  const bucket = (yield* KeyValue).bucket(bucketOf(view))
  const subscription = ofView(view)
  const { name: by, types } = subscription
  const name = `view ${view.shows.name}`
  const fingerprint = fingerprintOf(view)
  const integrity = new RowIntegrity()
  const progress = yield* viewProgress(name, bucket, { log, types, fingerprint })

  /** Whether the rows lack an event: it is a dead letter, or was dismissed as one. */
  const isAside = () => {
    const positions = new Set([...parking.of(by).map(({ position }) => position), ...parking.passedOver(by)])
    return (position: number) => positions.has(position)
  }
  const withoutPassedOver = <M extends Met>(met: ReadonlyArray<M>): ReadonlyArray<M> => {
    const passedOver = parking.passedOver(by)
    return passedOver.size === 0 ? met : met.filter(({ position }) => !passedOver.has(position))
  }
  const source: RowSource = {
    integrity,
    foldBefore: (paths, position) =>
      rowsOf.foldRows(log, types, paths, { isAside: isAside(), upTo: position, before: position })
  }
  const rowsOf = folder(
    view,
    subscription,
    bucket,
    () => parking.places(by),
    source,
    (met) => withoutVoid(log)(withoutPassedOver(met))
  )
  const restore = Effect.fnUntraced(function* (paths: ReadonlySet<string>) {
    const upTo = yield* log.newest(types)
    return yield* rowsOf.restore(paths, yield* rowsOf.foldRows(log, types, paths, { isAside: isAside(), upTo }))
  })

  let hasBegun = false
  let lost: { readonly generation: string | undefined; readonly reason: string } | undefined
  const code: Code = {
    fingerprint,
    hasBegun: () => hasBegun,
    distrust: (generation) => (lost && lost.generation === generation ? lost.reason : undefined),
    checked: () => integrity.checked,
    // What could not be taken is tried again with all the rest.
    beforeRebuild: parking.forget(by)
  }
  let isStandingBy = false
  const standBy = Effect.fnUntraced(function* ({ message }: OtherCode) {
    yield* trouble(name, message)
    if (!isStandingBy) yield* Effect.logError(message)
    isStandingBy = true
  })
  const begin = making(log, bucket, name, code).pipe(
    Effect.tapErrorTag("OtherCode", standBy),
    Effect.retry({ while: Predicate.isTagged("OtherCode"), schedule: standBySchedule })
  )

  const run = Effect.gen(function* () {
    if (yield* bucket.ensure) {
      yield* progress.lost
      yield* Effect.logWarning(`${name} begins anew: its bucket was gone`)
    }
    const rows = yield* noted(name, begin)
    hasBegun = true
    isStandingBy = false
    integrity.begin(rows.generation, rows.checked)
    // In this order: what was parked up to there is known then.
    const from = Effect.tap(rows.position, parking.known)
    const done = (position: number, aside: ReadonlyArray<Stuck>) =>
      Effect.andThen(parking.park(aside), rows.reached(position))

    /** Reads in one go what can be. */
    const catchUp = Effect.fnUntraced(function* (mayBeEmpty: boolean) {
      const after = yield* from
      const upTo = yield* log.newest(types)
      if (upTo - after < farBehind) return
      yield* rowsOf.replay(log, types, { after, upTo, isEmpty: mayBeEmpty && after === 0 }, done)
    })

    const again = Effect.retry(catchUp(false), { while: isToTakeAgain })
    const follow = Effect.catchTag(catchUp(true), ["RevisionChanged", "ValueTooLarge"], () => again).pipe(
      Effect.andThen(
        consumers.run(
          subscription,
          (batch) =>
            noted(
              name,
              rows.taking(Array.lastNonEmpty(batch).position, Effect.flatMap(rowsOf.take(batch), parking.park))
            ),
          from
        )
      )
    )
    return yield* Effect.raceFirst(follow, watchRows(name, bucket, integrity, restore)).pipe(
      Effect.tapErrorTag("RowsLost", ({ reason }) => {
        lost = { generation: rows.generation, reason }
        return Effect.andThen(Effect.logWarning(`${name}: ${reason}`), progress.lost)
      })
    )
  })
  const isOver = ({ _tag }: { readonly _tag: string }) => _tag === "RowsReplaced" || _tag === "RowsLost"
  yield* supervise(name, Effect.retry(run, { while: isOver, schedule: rebuildSchedule }))

  yield* parking.retries(by, ({ position }) =>
    Effect.gen(function* () {
      const event = yield* eventAt(log, position)
      if (!event) return
      const isOtherAside = isAside()
      yield* rowsOf.refold(log, types, event.fact, {
        upTo: yield* log.newest(types),
        isAside: (other) => other !== position && isOtherAside(other)
      })
    }).pipe(Effect.mapError((error) => (typeof error === "string" ? error : error.message)))
  )

  return {
    bucket,
    decode: rowsOf.decode,
    deadLetters: rowDeadLetters(board, view, log, () => parking.of(by)),
    integrity,
    passedOver: () => parking.passedOver(by),
    progress,
    subscription
  }
})

export type Followed = Effect.Success<ReturnType<typeof followView>>
