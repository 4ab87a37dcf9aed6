import { jetstreamManager } from "@nats-io/jetstream"
import { nuid } from "@nats-io/transport-node"
import { Effect, Layer, Stream } from "effect"
import { Board, Name } from "#domain/model/index.ts"
import { attributesOf, linesOf } from "#layers/codec/cloudEventAttributes.ts"
import { reading } from "#layers/nats/consume/orderedReader.ts"
import { unavailable } from "#layers/nats/consume/pullConsumer.ts"
import type { Delivery } from "#layers/nats/messages/Delivery.ts"
import { headerText } from "#layers/nats/messages/rawHeaders.ts"
import { refusedStream } from "#layers/nats/publish/auditTrimming.ts"
import { AuditReader, type RejectedCommand } from "#layers/services/AuditReader.ts"
import { BulkReads } from "./BulkReads.ts"

const ofCommand = (command: string) => `audit.refused.${Name.kebab(command)}.>`
const ofAny = "audit.refused.>"

/** Milliseconds without a sign of life after which following is given up, as with the log. */
const silence = 3_000
const ahead = 500
const most = 250

/** Nanoseconds for which the server keeps a consumer that only counts, should it not be deleted. */
const forgotten = 5e9

/** While commands are being rejected, what was counted may be of two moments: then it is counted again. */
const mostTries = 5

const rejectedOf = ({ message, position }: Delivery): RejectedCommand => {
  const attributes = attributesOf(linesOf(headerText(message)))
  const { actor = "", correlationid = "", source = "", subject = "", time = "", type = "" } = attributes
  const command = source.slice(source.lastIndexOf("/") + 1)
  return { position, command, type, place: subject, actor, time, correlationId: correlationid }
}

/** Rejections in the stream `audit-refused`, of all processes that write there. */
export const layer = (board: Board.Any) =>
  Layer.effect(
    AuditReader,
    Effect.gen(function* () {
      const { nats } = yield* BulkReads
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const commands = Board.commands(board).map(({ name }) => name)

      const position = Effect.map(
        Effect.tryPromise({ try: () => manager.streams.info(refusedStream), catch: unavailable }),
        ({ state }) => state.last_seq
      )

      /** As many as a consumer of these would have to deliver: the server counts them from its index of subjects. */
      const countOf = (command: string) =>
        Effect.tryPromise({
          try: async () => {
            const { name, num_pending } = await manager.consumers.add(refusedStream, {
              name: nuid.next(),
              filter_subject: ofCommand(command),
              ack_policy: "none",
              deliver_policy: "all",
              inactive_threshold: forgotten,
              mem_storage: true,
              num_replicas: 1
            })
            await manager.consumers.delete(refusedStream, name)
            return [command, num_pending] as const
          },
          catch: unavailable
        })

      const counted = Effect.gen(function* () {
        const before = yield* position
        const counts = new Map(yield* Effect.forEach(commands, countOf))
        return { position: yield* position, counts, isExact: before === (yield* position) }
      })

      return {
        rejections: Effect.repeat(counted, { until: ({ isExact }) => isExact, times: mostTries }),
        follow: (after) =>
          Stream.unwrap(
            Effect.map(
              reading(nats, manager, {
                stream: refusedStream,
                filter: ofAny,
                after,
                ahead,
                silence,
                headersOnly: true
              }),
              ({ take }) => Stream.fromEffectRepeat(take(most)).pipe(Stream.map((taken) => taken.map(rejectedOf)))
            )
          )
      }
    })
  )
