import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream"
import { headers, type NatsConnection } from "@nats-io/transport-node"
import { Effect, Random } from "effect"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { connectAdmin, attempt, NotInjected, type World } from "./Fault.ts"

export interface Value {
  readonly key: string
  readonly text: string
}

/** A client that changes the board's buckets without the app. */
export const connectIntruder = Effect.fnUntraced(function* (world: World) {
  const connection = yield* connectAdmin(world)
  const manager = yield* attempt("JetStream", () => jetstreamManager(connection, { timeout: 3_000 }))
  return { connection, manager }
})

/** A random checkpoint of a view or an automation. */
export const randomCheckpoint = ({ board }: World) => {
  const { automations, views } = subscriptions(board)
  return Random.choice(
    [...views, ...automations].map(({ subscription }) => subscription.checkpoint) as [
      { readonly bucket: string; readonly key: string },
      ...Array<{ readonly bucket: string; readonly key: string }>
    ]
  )
}

export const getValue = (manager: JetStreamManager, bucket: string, key: string) =>
  attempt(`${key} of ${bucket}`, async () => {
    const message = await manager.streams.getMessage(`KV_${bucket}`, { last_by_subj: `$KV.${bucket}.${key}` })
    return message?.string() ?? ""
  })

/** Puts a value without an expected revision, or deletes the key. */
export const putValue = (connection: NatsConnection, bucket: string, key: string, text: string | undefined) =>
  attempt(`${key} of ${bucket}`, () => {
    const messageHeaders = headers()
    if (text === undefined) messageHeaders.set("KV-Operation", "DEL")
    return connection.request(`$KV.${bucket}.${key}`, text ?? "", { headers: messageHeaders, timeout: 3_000 })
  })

/** Two random rows of a random view. */
export const twoRows = Effect.fnUntraced(function* ({ board }: World, manager: JetStreamManager) {
  const { views } = subscriptions(board)
  const { subscription } = yield* Random.choice(views as [(typeof views)[number], ...typeof views])
  const { bucket } = subscription.checkpoint
  const keys = yield* attempt(`rows of ${bucket}`, async () => {
    const filter = `$KV.${bucket}.>`
    const { state } = await manager.streams.info(`KV_${bucket}`, { subjects_filter: filter })
    return Object.keys(state.subjects ?? {})
      .map((subject) => subject.slice(filter.length - 1))
      .filter((key) => !key.startsWith("_"))
      .sort()
  })
  if (keys.length < 2) return yield* new NotInjected({ reason: `${bucket} has fewer than two rows` })
  const [one, other] = yield* Random.shuffle(keys)
  return { bucket, one: one!, other: other! }
})
