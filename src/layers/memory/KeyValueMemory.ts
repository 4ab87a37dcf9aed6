import { Effect, Layer, Option, PubSub, Stream } from "effect"
import { type Bucket, type Entry, KeyValue, RevisionChanged } from "../KeyValue.ts"

const matches = (pattern: string) => {
  const wanted = pattern.split(".")
  return (key: string) => {
    const tokens = key.split(".")
    return tokens.length === wanted.length && wanted.every((token, n) => token === "*" || token === tokens[n])
  }
}

const makeBucket = (): Bucket => {
  const rows = new Map<string, Entry>()
  const changes = Effect.runSync(PubSub.unbounded<readonly [string, Entry]>())
  let revisions = 0
  return {
    get: (key) => Effect.sync(() => Option.fromUndefinedOr(rows.get(key))),
    put: (key, value, revision) =>
      Effect.suspend(() => {
        if ((rows.get(key)?.revision ?? 0) !== revision) return Effect.fail(new RevisionChanged({ key }))
        const entry = { value, revision: ++revisions }
        rows.set(key, entry)
        return Effect.as(PubSub.publish(changes, [key, entry] as const), entry.revision)
      }),
    list: (patterns, most) =>
      Effect.sync(() => {
        const fits = patterns.map(matches)
        const entries = Array.from(rows, ([key, entry]) => ({ ...entry, key })).filter(({ key }) =>
          fits.some((fit) => fit(key))
        )
        return { entries: entries.slice(0, most), more: entries.length > most }
      }),
    size: Effect.sync(() => rows.size),
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
