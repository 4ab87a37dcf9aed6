import type { JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { Requests } from "#layers/nats/connection/Requests.ts"
import { reading } from "#layers/nats/consume/orderedReader.ts"
import { headerText, takesAway, statusOf, writerIn } from "#layers/nats/messages/rawHeaders.ts"
import type { Found, Keyed, StoreUnavailable } from "#layers/services/KeyValue.ts"

/** The most subjects that the server answers a direct get for several with; beyond that it says 413. */
const mostDirect = 1_000
const tooMany = 413

/** Rows that are taken in one go: whatever else this process has to do comes between. */
const slice = 250

/** Milliseconds without a sign of life after which it is given up. */
const silence = 5_000

/** The most patterns in one request. */
const together = 256

/** Rows of a bucket whose keys match patterns: by direct gets while they are few, else through a consumer. */
export const rowsIn = (
  nats: NatsConnection,
  manager: JetStreamManager,
  requests: Requests["Service"],
  name: string,
  unavailable: (reason: string) => StoreUnavailable
) => {
  const prefix = `$KV.${name}.`
  const keyOf = (subject: string) => subject.slice(prefix.length)

  /** `undefined` if there are too many for one answer. */
  const few = (patterns: ReadonlyArray<string>) => {
    let refused = false
    const query = { multi_last: patterns.map((pattern) => prefix + pattern), batch: mostDirect }
    return requests
      .many(`$JS.API.DIRECT.GET.KV_${name}`, [JSON.stringify(query)], (message) => {
        const status = statusOf(message)
        refused ||= status === tooMany
        return status > 0
      })
      .pipe(
        Effect.mapError(({ reason }) => unavailable(reason)),
        Effect.map(([messages = []]): ReadonlyArray<Keyed> | undefined =>
          refused || messages.length >= mostDirect
            ? undefined
            : messages
                .filter((message) => !takesAway(headerText(message)))
                .map((message) => ({
                  key: keyOf(message.headers?.get("Nats-Subject") ?? ""),
                  value: message.string(),
                  revision: Number(message.headers?.get("Nats-Sequence")),
                  ...writerIn(headerText(message))
                }))
        )
      )
  }

  const many = (pattern: string, most: number): Effect.Effect<Found, StoreUnavailable> =>
    Effect.gen(function* () {
      const entries: Array<Keyed> = []
      const stream = `KV_${name}`
      const bucket = yield* reading(nats, manager, { stream, filter: prefix + pattern, ahead: 2 * slice, silence })
      let { pending } = bucket
      while (pending > 0 && entries.length <= most) {
        for (const delivery of yield* bucket.take(slice)) {
          const { message, position } = delivery
          pending = delivery.pending
          const headers = headerText(message)
          if (takesAway(headers)) continue
          entries.push({
            key: keyOf(message.subject),
            value: message.string(),
            revision: position,
            ...writerIn(headers)
          })
        }
        yield* Effect.yieldNow
      }
      return { entries: entries.slice(0, most), more: entries.length > most }
    }).pipe(
      Effect.scoped,
      Effect.catchTag("LogUnavailable", ({ reason }) => Effect.fail(unavailable(reason)))
    )

  const found = (patterns: ReadonlyArray<string>, most: number): Effect.Effect<Found, StoreUnavailable> =>
    Effect.flatMap(few(patterns), (entries) => {
      if (entries) return Effect.succeed({ entries: entries.slice(0, most), more: entries.length > most })
      if (patterns.length === 1) return many(patterns[0]!, most)
      const half = patterns.length >>> 1
      return Effect.flatMap(found(patterns.slice(0, half), most), (first) =>
        first.more
          ? Effect.succeed(first)
          : Effect.map(found(patterns.slice(half), most - first.entries.length), ({ entries, more }) => ({
              entries: [...first.entries, ...entries],
              more
            }))
      )
    })

  /** Patterns that do not overlap; tokens may be `*`. */
  const list = (patterns: ReadonlyArray<string>, most: number): Effect.Effect<Found, StoreUnavailable> =>
    Effect.gen(function* () {
      const entries: Array<Keyed> = []
      for (let from = 0; from < patterns.length; from += together) {
        const chunk = yield* found(patterns.slice(from, from + together), most - entries.length)
        entries.push(...chunk.entries)
        if (chunk.more) return { entries, more: true }
      }
      return { entries, more: false }
    })

  const size = requests.one(`$JS.API.STREAM.INFO.KV_${name}`, "").pipe(
    Effect.mapError(({ reason }) => unavailable(reason)),
    Effect.flatMap((answer) => {
      const { state } = answer.json<{ readonly state?: { readonly num_subjects?: number } }>()
      return state ? Effect.succeed(state.num_subjects ?? 0) : Effect.fail(unavailable("the server does not know it"))
    })
  )

  return { list, size }
}
