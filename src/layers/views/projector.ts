import { Effect, Fiber } from "effect"
import type { Slice } from "#domain/model/index.ts"
import type { NewDeadLetter } from "#layers/deadLetters/DeadLetters.ts"
import type { SplitAtNewer } from "#layers/deadLetters/untilNewer.ts"
import type { EventLog, LogUnavailable } from "#layers/services/EventLog.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import type { ReplayEntry } from "./deadLetterCollector.ts"
import { makeRowBuffer } from "./rows/rowBuffer.ts"
import { makeRowFolder } from "./rows/rowFolder.ts"
import { makeRowRefolder } from "./rows/rowRefolder.ts"
import type { RowSource } from "./rows/rowSource.ts"

/** The most rows that are buffered before they are written. */
const maxBufferedRows = 200_000

/**
 * Whether to fold the same events again at once: into the rows as they are now; or, if a row was too large, with its size
 * measured after each event, so that the event which makes it too large becomes a dead letter.
 */
export const shouldRefold = ({ _tag }: { readonly _tag: string }): boolean =>
  _tag === "RevisionChanged" || _tag === "ValueTooLarge"

export interface ProjectorOptions {
  readonly view: Slice.View<any, any>
  readonly subscription: Subscription
  readonly bucket: Bucket
  readonly log: EventLog["Service"]
  /** The event streams that have dead letters of this view already. */
  readonly blockedStreams: () => ReadonlySet<string>
  readonly source?: RowSource
  readonly splitAtNewer?: SplitAtNewer
  /** Removes void and dismissed events. */
  readonly withoutVoid?: (
    entries: ReadonlyArray<ReplayEntry>
  ) => Effect.Effect<ReadonlyArray<ReplayEntry>, LogUnavailable>
}

/** Folds the events of a view into the rows of its bucket. */
export const makeProjector = ({
  splitAtNewer = (entries) => Effect.succeed({ before: entries, newer: undefined }),
  withoutVoid = Effect.succeed,
  ...options
}: ProjectorOptions) => {
  const { bucket, log, source, subscription, view } = options
  const { types } = subscription
  const rowFolder = makeRowFolder(view, (key, value) => bucket.checkSize(key, value))
  const newBuffer = (isEmpty: boolean) => makeRowBuffer({ ...options, rowFolder }, isEmpty)

  /** Folds events, in the log's order, into the bucket. Answers with those that could not be folded. */
  const applyEntries = (entries: ReadonlyArray<ReplayEntry>) =>
    Effect.suspend(() => {
      const { add, flush } = newBuffer(false)
      return Effect.andThen(Effect.flatMap(withoutVoid(entries), add), flush)
    }).pipe(Effect.retry({ while: shouldRefold }))

  /**
   * Folds a long range of the log, read in pages instead of delivered by a consumer. `onProgress` receives the position that
   * the bucket has reached, and the new dead letters. `isEmpty`: the bucket has no rows.
   */
  const replay = Effect.fnUntraced(function* <E>(
    { after, upTo, isEmpty }: { readonly after: number; readonly upTo: number; readonly isEmpty: boolean },
    onProgress: (position: number, deadLetters: ReadonlyArray<NewDeadLetter>) => Effect.Effect<void, E>
  ) {
    const { add, flush, size, writeIdle } = newBuffer(isEmpty)
    let writing = yield* Effect.forkChild(writeIdle)
    const finish = Effect.fnUntraced(function* (position: number) {
      yield* Fiber.join(writing)
      yield* onProgress(position, yield* flush)
    })
    yield* log.replay(types, after, upTo, (page) =>
      Effect.gen(function* () {
        const { before, newer } = yield* splitAtNewer(page)
        yield* add(yield* withoutVoid(before))
        // What is before it is kept, so that the next attempt begins there.
        if (newer) return yield* Effect.andThen(finish(newer.event.position - 1), newer)
        if (size() > maxBufferedRows) return yield* finish(page.at(-1)!.position)
        if (writing.pollUnsafe() === undefined) return
        yield* Fiber.join(writing)
        writing = yield* Effect.forkChild(writeIdle)
      })
    )
    yield* finish(upTo)
  })

  return {
    applyEntries,
    replay,
    decode: rowFolder.decode,
    ...makeRowRefolder({ bucket, log, types }, rowFolder, source?.integrity)
  }
}

export type Projector = ReturnType<typeof makeProjector>
