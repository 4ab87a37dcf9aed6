import { Deferred, Effect, Stream, SubscriptionRef } from "effect"
import type { Board } from "#domain/model/index.ts"
import { subjectClassifier } from "#layers/codec/subjectClassifier.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { awaitPosition } from "#layers/timing/awaitPosition.ts"
import { addMessages, type OpenedLog, openLog } from "./openedLog.ts"

/** Follows the log of a board while `follow` runs. Snapshots of the counts and the link index are in the bucket. */
export const logFollower = Effect.fnUntraced(function* (board: Board.Any, bucket: Bucket) {
  const reader = yield* LogReader
  const log = yield* EventLog
  const classify = subjectClassifier(board)
  const position = yield* SubscriptionRef.make(0)
  const firstCount = yield* Deferred.make<void>()
  /** The end of the log when it was opened: once it is reached, the log is counted. */
  let target = 0
  let opened: OpenedLog | undefined

  const publishPosition = ({ counter }: OpenedLog) =>
    Effect.suspend(() =>
      Effect.andThen(
        SubscriptionRef.set(position, counter.position),
        counter.position >= target ? Deferred.succeed(firstCount, undefined) : Effect.void
      )
    )

  /** Starts over if the log is another one of the same name, where positions have another meaning. */
  const open = Effect.gen(function* () {
    const identity = yield* log.identity
    if (opened?.log === identity) return opened
    target = yield* log.lastPosition()
    opened = yield* openLog(bucket, reader, classify, identity, target)
    yield* publishPosition(opened)
    return opened
  })

  return {
    follow: Effect.flatMap(open, (opened) => {
      const publish = publishPosition(opened)
      return reader.follow(opened.counter.position).pipe(
        Stream.runForEach((batch) => addMessages(opened, batch, publish)),
        Effect.andThen(Effect.never)
      )
    }),
    /** Completes when the log is counted for the first time. */
    firstCount: Deferred.await(firstCount),
    /** How many messages are counted, of how many. */
    progress: () => ({ done: opened?.counter.position ?? 0, of: target }),
    opened: () => opened,
    waitPast: (after: number) => awaitPosition(position, after + 1)
  }
})
