import { randomUUID } from "node:crypto"
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { Effect, Schedule } from "effect"
import { Board } from "#domain/model/index.ts"
import { bucketOf, checkpointsBucket, totalsBucket, bucketStream } from "#layers/buckets/bucketNames.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { subscriptions, viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"
import { consumerConfigOf } from "./consumerConfig.ts"
import { ensureConsumer } from "./ensureConsumer.ts"
import { ensureStream } from "./ensureStream.ts"
import { logIdentityKey } from "./logMetadata.ts"
import { type NotProvisioned, toNotProvisioned } from "./provisionErrors.ts"
import { streamSpecs, type StreamSpec } from "./streamSpecs.ts"

export { advice, isMissing, isTransientError, NotProvisioned, ConfigMismatch } from "./provisionErrors.ts"
export { differences } from "./configDiff.ts"
export { logIdentityKey, restoreIdKey } from "./logMetadata.ts"

const newIdentity = () => ({ [logIdentityKey]: randomUUID() })

/** Streams whose contents can be rebuilt from the log. Dead letters cannot. */
const rebuildableStreams = (board: Board.Any) =>
  new Set([...Board.views(board).map(bucketOf), checkpointsBucket, totalsBucket].map(bucketStream))

const ensureStreams = (manager: JetStreamManager, board: Board.Any, specs: ReadonlyArray<StreamSpec>) => {
  const derived = rebuildableStreams(board)
  return Effect.forEach(specs, (spec) =>
    ensureStream(manager, spec, {
      isDerived: derived.has(spec.name),
      metadata: spec.name === board.name ? newIdentity() : undefined
    })
  )
}

const ensureConsumers = (manager: JetStreamManager, board: Board.Any, replicas: number) => {
  const { automations } = subscriptions(board)
  const ensure = (subscription: Subscription, onFilterChanged: Effect.Effect<void, NotProvisioned>) =>
    ensureConsumer(manager, board.name, consumerConfigOf(board, subscription, replicas), onFilterChanged)

  /** The rows of a view lack every event that was not delivered to it. */
  const purgeForRebuild = (bucket: string) =>
    Effect.tryPromise({
      try: () => manager.streams.purge(bucketStream(bucket)),
      catch: toNotProvisioned(`bucket ${bucket}`)
    }).pipe(
      Effect.andThen(
        Effect.logWarning(
          `The rows in the bucket ${bucket} may lack events that the previous filter left out, and are rebuilt`
        )
      )
    )
  return Effect.all(
    [
      ...Board.views(board).map((view) => ensure(viewSubscription(board, view), purgeForRebuild(bucketOf(view)))),
      ...automations.map(({ subscription }) => ensure(subscription, Effect.void))
    ],
    { discard: true }
  )
}

/** Waits for a cluster to elect its leaders. */
export const leaderElectionRetry = Schedule.spaced("250 millis").pipe(upToElapsed("30 seconds"))

/**
 * Creates or corrects the streams, buckets and consumers that a board declares. Running it again changes nothing.
 * Returns the highest number of replicas of its streams: an operator may have given some more than `replicas`. `specs`
 * are its streams; the default is `streamSpecs`.
 */
export const provision = Effect.fnUntraced(
  function* (board: Board.Any, replicas: number, specs = streamSpecs(board, replicas)) {
    const nats = yield* Nats
    const manager = yield* Effect.tryPromise({
      try: () => jetstreamManager(nats),
      catch: toNotProvisioned("JetStream")
    })
    const maxReplicas = Math.max(replicas, ...(yield* ensureStreams(manager, board, specs)))
    yield* ensureConsumers(manager, board, replicas)
    return maxReplicas
  },
  Effect.tapError(({ message }) => Effect.logDebug(message)),
  Effect.retry({
    schedule: leaderElectionRetry,
    while: (error) => error._tag === "NotProvisioned" && error.isTransient
  })
)
