import { Data, Effect, Random, Schedule } from "effect"
import type { EventLog } from "../EventLog.ts"
import type { Bucket } from "../KeyValue.ts"
import { encode, lookAt } from "./checkpoint.ts"

/** Where a bucket keeps how far its view has come; no row has this name, since no token of a key has `_`. */
export const progressKey = "_position"

/** What this process knows of the rows is not so any more: they were taken away, and are made anew. */
export class RowsReplaced extends Data.TaggedError("RowsReplaced") {
  override readonly message = "its rows were taken away since, and are made anew"
}

/** Another process took facts since this one did: what this one was handed next need not be what comes next. */
export class TakenByAnother extends Data.TaggedError("TakenByAnother") {
  override readonly message = "another process has taken facts meanwhile"
}

const untilItIs = Schedule.spaced("1 second")

/**
 * How far a view has come with its rows, and with which: rows that were taken away and made anew bear another name beside
 * their position. So whoever stood by meanwhile does not go on from where the old ones were.
 */
export const making = Effect.fnUntraced(function* (log: EventLog["Service"], bucket: Bucket, name: string) {
  const identity = yield* log.identity

  const look = lookAt(bucket, progressKey)

  const begin = Effect.gen(function* () {
    const { known, revision } = yield* look
    const isOurs = known?.log === identity
    if (isOurs && known.rows !== undefined) return known.rows
    if (known && !isOurs) {
      yield* Effect.logWarning(`${name} begins anew: its rows are those of another log`)
      yield* bucket.clear
    }
    const rows = (yield* Random.nextInt).toString(36)
    const position = isOurs ? known.position : 0
    yield* bucket.put(progressKey, encode({ position, log: identity, rows }), isOurs ? revision : 0)
    return rows
  })
  const rows = yield* Effect.retry(begin, { while: ({ _tag }) => _tag === "RevisionChanged" })

  const stand = Effect.flatMap(look, ({ known, revision }) =>
    known?.rows === rows ? Effect.succeed({ position: known.position, revision }) : Effect.fail(new RowsReplaced())
  )
  type Stand = Effect.Success<typeof stand>

  /** It never goes back. */
  const note = (position: number, from: Stand): Effect.Effect<void, RowsReplaced | Effect.Error<typeof stand>> =>
    from.position >= position
      ? Effect.void
      : bucket.put(progressKey, encode({ position, log: identity, rows }), from.revision).pipe(
          Effect.catchTag("RevisionChanged", () => Effect.flatMap(stand, (now) => note(position, now))),
          Effect.asVoid
        )

  let ours: number | undefined

  return {
    /** The position up to which everything was taken. */
    position: Effect.map(stand, ({ position }) => position),
    /** Everything was taken up to `position`. */
    reached: (position: number) => Effect.flatMap(stand, (from) => note(position, from)),
    /**
     * Takes what stands up to `position`, on top of the rows as they are: as this process left them, if it took some
     * before. If those were replaced meanwhile, what was put on top of nothing is taken away again.
     */
    taking: <E, R>(position: number, take: Effect.Effect<void, E, R>) =>
      Effect.gen(function* () {
        const from = yield* stand
        if (ours !== undefined && from.position !== ours) return yield* new TakenByAnother()
        yield* Effect.logDebug(`${name} takes what stands behind ${from.position}, up to ${position}`)
        yield* take
        yield* note(position, from).pipe(
          Effect.tapErrorTag("RowsReplaced", () => Effect.retry(bucket.clear, { schedule: untilItIs }))
        )
        ours = Math.max(position, from.position)
      })
  }
})
