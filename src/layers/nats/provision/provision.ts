import { randomUUID } from "node:crypto"
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { Effect, Schedule } from "effect"
import { Board } from "#domain/model/index.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { bucketOf, checkpointsBucket, totalsBucket } from "#layers/services/buckets.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"
import { followers, ofView } from "#layers/services/subscriptionsOf.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"
import { consumerOf } from "./consumerConfig.ts"
import { ensureConsumer } from "./ensureConsumer.ts"
import { ensureStream } from "./ensureStream.ts"
import { type NotProvisioned, notProvisioned } from "./provisionErrors.ts"
import { streamsOf } from "./streamConfigs.ts"

export { isMissing, isPassing, NotProvisioned, ShapeDiffers } from "./provisionErrors.ts"
export { differences } from "./configDifferences.ts"

/** The name under which a log has its identity: a backup takes it along, a log that is created again gets another. */
export const identity = "event-model-log"

/** The name under which a log has the id of the restore that made it; none where no restore did. */
export const restoredBy = "event-model-restore"

const newIdentity = () => ({ [identity]: randomUUID() })

/** What a stream of the board holds that is in the log, too. Dead letters are nowhere else. */
const derivedOf = (board: Board.Any) =>
  new Set([...Board.views(board).map(bucketOf), checkpointsBucket, totalsBucket].map((bucket) => `KV_${bucket}`))

const ensureStreams = (manager: JetStreamManager, board: Board.Any, replicas: number) => {
  const derived = derivedOf(board)
  return Effect.forEach(streamsOf(board, replicas), (wanted) =>
    ensureStream(manager, wanted, {
      isDerived: derived.has(wanted.name),
      metadata: wanted.name === board.name ? newIdentity() : undefined
    })
  )
}

const ensureConsumers = (manager: JetStreamManager, board: Board.Any, replicas: number) => {
  const { automations } = followers(board)
  const ensured = (subscription: Subscription, onOtherFilter: Effect.Effect<void, NotProvisioned>) =>
    ensureConsumer(manager, board.name, consumerOf(board, subscription, replicas), onOtherFilter)

  /** A fact that a view was never handed is missing in its rows. */
  const rebuilt = (bucket: string) =>
    Effect.tryPromise({
      try: () => manager.streams.purge(`KV_${bucket}`),
      catch: notProvisioned(`bucket ${bucket}`)
    }).pipe(
      Effect.andThen(
        Effect.logWarning(`The rows in the bucket ${bucket} may lack what another filter left out, and are built again`)
      )
    )
  return Effect.all(
    [
      ...Board.views(board).map((view) => ensured(ofView(view), rebuilt(bucketOf(view)))),
      ...automations.map(({ subscription }) => ensured(subscription, Effect.void))
    ],
    { discard: true }
  )
}

/** How long a cluster may take to find its leaders. */
export const untilThereAreLeaders = Schedule.spaced("250 millis").pipe(upToElapsed("30 seconds"))

/**
 * Streams, buckets and consumers of a board, as its declarations ask. Running it again changes nothing. Answers with how
 * many replicas its streams have: an operator may have given some more than `replicas`.
 */
export const provision = Effect.fnUntraced(
  function* (board: Board.Any, replicas: number) {
    const nats = yield* Nats
    const manager = yield* Effect.tryPromise({
      try: () => jetstreamManager(nats),
      catch: notProvisioned("JetStream")
    })
    const most = Math.max(replicas, ...(yield* ensureStreams(manager, board, replicas)))
    yield* ensureConsumers(manager, board, replicas)
    return most
  },
  Effect.tapError(({ message }) => Effect.logDebug(message)),
  Effect.retry({
    schedule: untilThereAreLeaders,
    while: (error) => error._tag === "NotProvisioned" && error.passing
  })
)
