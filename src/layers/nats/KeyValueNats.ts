import { Kvm } from "@nats-io/kv"
import type { Msg } from "@nats-io/transport-node"
import { Effect, Layer, Option, Stream } from "effect"
import { type Bucket, type Entry, KeyValue, RevisionChanged, StoreUnavailable } from "../KeyValue.ts"
import { Nats } from "./Nats.ts"
import { headersOf, isConflict, publish } from "./publish.ts"
import { Requests } from "./Requests.ts"

/** A direct get answers with messages of the stream, or with a status alone. */
const isStatus = ({ headers }: Msg) => (headers?.code ?? 0) > 0

const entryOf = (message: Msg): Entry => ({
  value: message.string(),
  revision: Number(message.headers?.get("Nats-Sequence"))
})

/** Read models in JetStream key-value buckets (ADR-8). The buckets' streams are made by `provision`. */
export const layer = Layer.effect(
  KeyValue,
  Effect.gen(function* () {
    const nats = yield* Nats
    const requests = yield* Requests
    const manager = new Kvm(nats)

    const bucket = (name: string): Bucket => {
      const unavailable = (reason: string) => new StoreUnavailable({ bucket: name, reason })
      const prefix = `$KV.${name}.`
      const keyOf = ({ headers }: Msg) => (headers?.get("Nats-Subject") ?? "").slice(prefix.length)
      return {
        get: (key) =>
          requests.one(`$JS.API.DIRECT.GET.KV_${name}.$KV.${name}.${key}`, "").pipe(
            Effect.mapError(({ reason }) => unavailable(reason)),
            Effect.map((message) => (isStatus(message) ? Option.none() : Option.some(entryOf(message))))
          ),
        getTogether: (keys) => {
          const query = { multi_last: keys.map((key) => `${prefix}${key}`) }
          return requests.many(`$JS.API.DIRECT.GET.KV_${name}`, JSON.stringify(query), isStatus).pipe(
            Effect.mapError(({ reason }) => unavailable(reason)),
            Effect.map((messages) => new Map(messages.map((message) => [keyOf(message), entryOf(message)])))
          )
        },
        put: (key, value, revision) => {
          const headers = headersOf({ headers: [] }, { "Nats-Expected-Last-Subject-Sequence": String(revision) })
          return publish(requests, `$KV.${name}.${key}`, value, headers).pipe(
            Effect.map(({ seq }) => seq),
            Effect.catchTags({
              NoAnswer: ({ reason }) => Effect.fail(unavailable(reason)),
              Rejected: (error) =>
                Effect.fail(
                  isConflict(error) ? new RevisionChanged({ key }) : unavailable(`${error.description} (${error.code})`)
                )
            })
          )
        },
        watch: (key) =>
          Stream.unwrap(
            Effect.acquireRelease(
              Effect.tryPromise({
                try: async () => (await manager.open(name)).watch({ key }),
                catch: (error) => unavailable(String(error))
              }),
              (watcher) => Effect.sync(() => watcher.stop())
            ).pipe(
              Effect.map((watcher) =>
                Stream.fromAsyncIterable(watcher, (error) => unavailable(String(error))).pipe(
                  Stream.map((entry) => ({ value: entry.string(), revision: entry.revision }))
                )
              )
            )
          )
      }
    }
    return { bucket }
  })
)
