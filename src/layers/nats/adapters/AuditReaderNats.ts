import { jetstreamManager } from "@nats-io/jetstream"
import { nuid } from "@nats-io/transport-node"
import { Effect, Layer, Stream } from "effect"
import { Board, Name } from "#domain/model/index.ts"
import { parseAttributes, parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { toLogUnavailable } from "#layers/nats/consume/consumeErrors.ts"
import { makeOrderedReader } from "#layers/nats/consume/orderedReader.ts"
import type { Delivery } from "#layers/nats/messages/Delivery.ts"
import { headerText } from "#layers/nats/messages/messageHeaders.ts"
import { rejectionsStream } from "#layers/nats/publish/auditTrimmer.ts"
import { AuditReader, type RejectedCommand } from "#layers/services/AuditReader.ts"
import { BulkReads } from "./BulkReads.ts"

const commandFilter = (command: string) => `audit.refused.${Name.kebab(command)}.>`
const allCommandsFilter = "audit.refused.>"

/** Milliseconds without a message or heartbeat after which following fails, as for the log. */
const idleTimeoutMillis = 3_000
const maxMessages = 500
const maxBatchSize = 250

/** Nanoseconds after which the server removes a counting consumer that was not deleted. */
const inactiveThresholdNanos = 5e9

/** While commands are being rejected, the counts may belong to different positions; then they are read again. */
const maxRecounts = 5

const toRejectedCommand = ({ message, position }: Delivery): RejectedCommand => {
  const attributes = parseAttributes(parseHeaders(headerText(message)))
  const { actor = "", correlationid = "", source = "", subject = "", time = "", type = "" } = attributes
  const command = source.slice(source.lastIndexOf("/") + 1)
  return { position, command, type, streamId: subject, actor, time, correlationId: correlationid }
}

/** Rejections in the stream `audit-refused`, written by all processes. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    AuditReader,
    Effect.gen(function* () {
      const { nats } = yield* BulkReads
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const commands = Board.commands(board).map(({ name }) => name)

      const lastPosition = Effect.map(
        Effect.tryPromise({ try: () => manager.streams.info(rejectionsStream), catch: toLogUnavailable }),
        ({ state }) => state.last_seq
      )

      /** Creates a consumer and reads its `num_pending`, which the server computes from its index of subjects. */
      const countRejections = (command: string) =>
        Effect.tryPromise({
          try: async () => {
            const { name, num_pending } = await manager.consumers.add(rejectionsStream, {
              name: nuid.next(),
              filter_subject: commandFilter(command),
              ack_policy: "none",
              deliver_policy: "all",
              inactive_threshold: inactiveThresholdNanos,
              mem_storage: true,
              num_replicas: 1
            })
            await manager.consumers.delete(rejectionsStream, name)
            return [command, num_pending] as const
          },
          catch: toLogUnavailable
        })

      const countAll = Effect.gen(function* () {
        const positionBefore = yield* lastPosition
        const counts = new Map(yield* Effect.forEach(commands, countRejections))
        return { position: yield* lastPosition, counts, isExact: positionBefore === (yield* lastPosition) }
      })

      return {
        rejections: Effect.repeat(countAll, { until: ({ isExact }) => isExact, times: maxRecounts }),
        follow: (after) =>
          Stream.unwrap(
            Effect.map(
              makeOrderedReader(nats, manager, {
                stream: rejectionsStream,
                filter: allCommandsFilter,
                after,
                maxMessages,
                idleTimeoutMillis,
                headersOnly: true
              }),
              ({ takeBatch }) =>
                Stream.fromEffectRepeat(takeBatch(maxBatchSize)).pipe(
                  Stream.map((deliveries) => deliveries.map(toRejectedCommand))
                )
            )
          )
      }
    })
  )
