import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Option, Queue, Stream } from "effect"
import { bucketStream, entryPrefix } from "#layers/buckets/bucketNames.ts"
import { makeOrderedReader } from "#layers/nats/consume/orderedReader.ts"
import { headerText, hasTombstoneHeader } from "#layers/nats/messages/messageHeaders.ts"
import { type KeyChange, StoreUnavailable } from "#layers/services/KeyValue.ts"

/** Milliseconds without a message or heartbeat after which the watch is restarted. */
const idleTimeoutMillis = 3_000

/** Maximum number of changes in flight or buffered here. */
const maxMessages = 1_000

/**
 * The changes of a bucket's keys, beginning with each key's present value. Not the client's own watch, which stays
 * silent forever once the node that hosts its consumer has died. Fails with `StoreUnavailable` when the reader ends.
 */
export const watchBucket = (nats: NatsConnection, manager: JetStreamManager, bucket: string, keys: string) => {
  const prefix = entryPrefix(bucket)
  const toChange = (subject: string, headers: string, revision: number, value: () => string): KeyChange => ({
    key: subject.slice(prefix.length),
    value: hasTombstoneHeader(headers) ? Option.none() : Option.some(value()),
    revision
  })
  return Stream.callback<KeyChange, StoreUnavailable>((changes) =>
    Effect.gen(function* () {
      const filter = `${prefix}${keys}`
      const { takeBatch } = yield* makeOrderedReader(nats, manager, {
        stream: bucketStream(bucket),
        filter,
        maxMessages,
        idleTimeoutMillis
      })
      yield* takeBatch(maxMessages).pipe(
        Effect.flatMap((batch) =>
          Queue.offerAll(
            changes,
            batch.map(({ message, position }) =>
              toChange(message.subject, headerText(message), position, () => message.string())
            )
          )
        ),
        Effect.forever
      )
    }).pipe(
      Effect.scoped,
      Effect.catch(({ reason }) => Queue.fail(changes, new StoreUnavailable({ bucket, reason })))
    )
  )
}
