import { Kvm } from "@nats-io/kv"
import { Effect, Layer, Option, Stream } from "effect"
import { type Bucket, KeyValue, RevisionChanged, StoreUnavailable } from "../KeyValue.ts"
import { Nats } from "./Nats.ts"
import { headersOf, isConflict, publish } from "./publish.ts"
import { Requests } from "./Requests.ts"
import { rowsIn } from "./rowsIn.ts"

/** Read models in JetStream key-value buckets (ADR-8). The buckets' streams are made by `provision`. */
export const layer = Layer.effect(
  KeyValue,
  Effect.gen(function* () {
    const nats = yield* Nats
    const requests = yield* Requests
    const manager = new Kvm(nats)

    const bucket = (name: string): Bucket => {
      const unavailable = (reason: string) => new StoreUnavailable({ bucket: name, reason })
      return {
        ...rowsIn(nats, requests, name, unavailable),
        get: (key) =>
          requests.one(`$JS.API.DIRECT.GET.KV_${name}.$KV.${name}.${key}`, "").pipe(
            Effect.mapError(({ reason }) => unavailable(reason)),
            Effect.map((message) =>
              (message.headers?.code ?? 0) > 0
                ? Option.none()
                : Option.some({ value: message.string(), revision: Number(message.headers?.get("Nats-Sequence")) })
            )
          ),
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
