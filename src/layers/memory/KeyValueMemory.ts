import { Effect, Layer, Option, PubSub, Stream } from "effect"
import { type Bucket, type Entry, KeyValue, RevisionChanged } from "../KeyValue.ts"

const makeBucket = (): Bucket => {
  const rows = new Map<string, Entry>()
  const changes = Effect.runSync(PubSub.unbounded<readonly [string, Entry]>())
  let revisions = 0
  return {
    get: (key) => Effect.sync(() => Option.fromUndefinedOr(rows.get(key))),
    getTogether: (keys) =>
      Effect.sync(() => new Map(keys.flatMap((key) => (rows.has(key) ? [[key, rows.get(key)!] as const] : [])))),
    put: (key, value, revision) =>
      Effect.suspend(() => {
        if ((rows.get(key)?.revision ?? 0) !== revision) return Effect.fail(new RevisionChanged({ key }))
        const entry = { value, revision: ++revisions }
        rows.set(key, entry)
        return Effect.as(PubSub.publish(changes, [key, entry] as const), entry.revision)
      }),
    watch: (key) =>
      Stream.unwrap(
        Effect.map(PubSub.subscribe(changes), (subscription) => {
          const now = rows.get(key)
          const later = Stream.fromSubscription(subscription).pipe(
            Stream.filter(([changed, { revision }]) => changed === key && revision > (now?.revision ?? 0)),
            Stream.map(([, entry]) => entry)
          )
          return now ? Stream.concat(Stream.succeed(now), later) : later
        })
      )
  }
}

/** Buckets without a server. */
export const layer = Layer.sync(KeyValue, () => {
  const buckets = new Map<string, Bucket>()
  return {
    bucket: (name) => {
      const known = buckets.get(name) ?? makeBucket()
      buckets.set(name, known)
      return known
    }
  }
})
