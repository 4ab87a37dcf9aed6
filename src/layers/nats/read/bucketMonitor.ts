import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Option, Stream } from "effect"
import { makeOrderedReader } from "#layers/nats/consume/orderedReader.ts"
import { headerText, hasTombstoneHeader, parseWriter } from "#layers/nats/messages/messageHeaders.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import type { Bucket, StoreUnavailable } from "#layers/services/KeyValue.ts"

/** Milliseconds without a sign of life after which it is given up. */
const idleTimeoutMillis = 3_000

/** The most changes that are on their way or wait here. */
const maxMessages = 1_000

/** What is asked of a bucket as a whole: who changes what in it, and how much there is. */
export const makeBucketMonitor = (
  nats: NatsConnection,
  manager: JetStreamManager,
  name: string,
  unavailable: (reason: string) => StoreUnavailable
): Pick<Bucket, "revisionsAfter" | "state"> => {
  const stream = `KV_${name}`
  const prefix = `$KV.${name}.`

  return {
    /** Headers alone: who wants to know who wrote a row needs no value, and gets each change of a busy view. */
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
