import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import type { Msg } from "@nats-io/transport-node"
import { Effect, Layer, Option, Queue, Schedule, Stream } from "effect"
import { type Bucket, type Change, KeyValue, RevisionChanged, StoreUnavailable } from "../KeyValue.ts"
import { reasonOf } from "../reasonOf.ts"
import { committer } from "./committer.ts"
import { deliveries } from "./deliveries.ts"
import { Nats } from "./Nats.ts"
import { isMissing } from "./provision.ts"
import { headersOf, isConflict, publish, type Rejected } from "./publish.ts"
import { headerText, keyOperation, statusOf, takesAway, valueIn } from "./rawHeaders.ts"
import { Requests } from "./Requests.ts"
import { rowsIn } from "./rowsIn.ts"
import { bucketStream } from "./streams.ts"

const gone = headersOf({ headers: [] }, { [keyOperation]: "PURGE", "Nats-Rollup": "sub" })
const said = ({ code, description }: Rejected) => `${description} (${code})`

/** Milliseconds without a sign of life after which a watch begins anew. */
const silence = 3_000

/** What is stored under a key: a value, or that it was taken away; with the revision that the next put names. */
const stored = (message: Msg) => {
  if (statusOf(message) > 0) return { entry: Option.none(), revision: 0 }
  const headers = headerText(message)
  const revision = Number(valueIn(headers, "Nats-Sequence"))
  return { entry: takesAway(headers) ? Option.none() : Option.some({ value: message.string(), revision }), revision }
}

/** Key-value buckets in JetStream (ADR-8). */
export const layer = (replicas: number) =>
  Layer.effect(
    KeyValue,
    Effect.gen(function* () {
      const nats = yield* Nats
      const requests = yield* Requests
      const js = jetstream(nats)
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))

      const bucket = (name: string): Bucket => {
        const subject = (key: string) => `$KV.${name}.${key}`
        const unavailable = (reason: string) => new StoreUnavailable({ bucket: name, reason })

        const look = (key: string) =>
          requests.one(`$JS.API.DIRECT.GET.KV_${name}.${subject(key)}`, "").pipe(
            Effect.mapError(({ reason }) => unavailable(reason)),
            Effect.map(stored)
          )

        const commit = committer(nats, requests)
        const put = (key: string, value: string, revision: number) =>
          commit({
            messages: [{ subject: subject(key), data: value, headers: [] }],
            guard: { filter: subject(key), position: revision }
          }).pipe(
            Effect.map(({ seq }) => seq),
            Effect.catchTags({
              NoAnswer: ({ reason }) => Effect.fail(unavailable(reason)),
              Rejected: (error) =>
                Effect.fail(isConflict(error) ? new RevisionChanged({ key }) : unavailable(said(error)))
            })
          )

        const changeOf = (of: string, headers: string, seq: number, value: () => string): Change => ({
          key: of.slice(subject("").length),
          entry: takesAway(headers) ? Option.none() : Option.some({ value: value(), revision: seq })
        })

        /** The client's own watch may be silent for ever once the node that hosts its consumer has died. */
        const watch = (keys: string) =>
          Stream.callback<Change, StoreUnavailable>((changes) =>
            Effect.gen(function* () {
              const queue = yield* deliveries(
                silence,
                async (callback) => {
                  const consumer = await js.consumers.get(`KV_${name}`, {
                    filter_subjects: [subject(keys)],
                    deliver_policy: "last_per_subject"
                  })
                  return consumer.consume({ idle_heartbeat: silence / 3, abort_on_missing_resource: true, callback })
                },
                (messages) => Effect.ignore(Effect.tryPromise(() => messages.close()))
              )
              yield* Queue.take(queue).pipe(
                Effect.map((message) =>
                  changeOf(message.subject, headerText(message), message.seq, () => message.string())
                ),
                Effect.flatMap((change) => Queue.offer(changes, change)),
                Effect.forever
              )
            }).pipe(
              Effect.scoped,
              Effect.catch(({ reason }) => Queue.fail(changes, unavailable(reason)))
            )
          )

        const made = async () => {
          try {
            await manager.streams.info(`KV_${name}`)
            return false
          } catch (error) {
            if (!isMissing(error)) throw error
            await manager.streams.add(bucketStream(name, replicas))
            return true
          }
        }

        return {
          ...rowsIn(nats, requests, name, unavailable),
          ensure: Effect.tryPromise({ try: made, catch: reasonOf }).pipe(Effect.mapError(unavailable)),
          get: (key) => Effect.map(look(key), ({ entry }) => entry),
          put: (key, value, revision) =>
            revision > 0
              ? put(key, value, revision)
              : // A key that was taken away has a revision all the same.
                Effect.catchTag(put(key, value, 0), "RevisionChanged", (changed) =>
                  Effect.flatMap(look(key), ({ entry, revision }) =>
                    Option.isSome(entry) ? Effect.fail(changed) : put(key, value, revision)
                  )
                ),
          remove: (key) =>
            publish(requests, subject(key), "", gone).pipe(
              Effect.mapError((error) => unavailable(error._tag === "NoAnswer" ? error.reason : said(error))),
              Effect.asVoid
            ),
          clear: Effect.tryPromise({ try: () => manager.streams.purge(`KV_${name}`), catch: reasonOf }).pipe(
            Effect.mapError(unavailable),
            Effect.asVoid
          ),
          watch: (keys) => watch(keys).pipe(Stream.retry(Schedule.spaced("500 millis")))
        }
      }
      return { bucket }
    })
  )
