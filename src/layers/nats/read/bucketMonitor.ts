import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Option, Stream } from "effect"
import { bucketStream, entryPrefix } from "#layers/buckets/bucketNames.ts"
import { makeOrderedReader } from "#layers/nats/consume/orderedReader.ts"
import { headerText, hasTombstoneHeader, parseWriter } from "#layers/nats/messages/messageHeaders.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import type { Bucket, StoreUnavailable } from "#layers/services/KeyValue.ts"

/** Milliseconds without a message or heartbeat after which reading fails. */
const idleTimeoutMillis = 3_000

/** Maximum changes in flight or buffered here. */
const maxMessages = 1_000

/** Reads of a bucket as a whole: the revisions of its keys with their writers, and its state. */
export const makeBucketMonitor = (
  nats: NatsConnection,
  manager: JetStreamManager,
  name: string,
  unavailable: (reason: string) => StoreUnavailable
): Pick<Bucket, "revisionsAfter" | "state"> => {
  const stream = bucketStream(name)
  const prefix = entryPrefix(name)

  return {
    /** Headers only: a reader of revisions needs no values, and receives every change of a busy view. */
    revisionsAfter: (after) =>
      Stream.unwrap(
        Effect.map(
          makeOrderedReader(nats, manager, {
            stream,
            filter: `${prefix}>`,
            after,
            maxMessages,
            idleTimeoutMillis,
            headersOnly: true
          }),
          ({ takeBatch }) =>
            Stream.fromIterableEffectRepeat(takeBatch(maxMessages)).pipe(
              Stream.map(({ message, position }) => {
                const headers = headerText(message)
                const key = message.subject.slice(prefix.length)
                return { key, revision: position, isRemoved: hasTombstoneHeader(headers), ...parseWriter(headers) }
              })
            )
        )
      ).pipe(Stream.mapError(({ reason }) => unavailable(reason))),
    state: Effect.tryPromise({
      try: async () => {
        try {
          const { config, created, state } = await manager.streams.info(stream)
          return Option.some({
            incarnation: String(created),
            entries: state.messages,
            replicas: config.num_replicas
          })
        } catch (error) {
          if (isMissing(error)) return Option.none()
          throw error
        }
      },
      catch: (error) => unavailable(errorMessage(error))
    })
  }
}
