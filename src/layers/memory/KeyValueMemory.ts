import { Effect, Layer, Option, PubSub, Stream } from "effect"
import { type Bucket, type Change, type Entry, KeyValue, RevisionChanged } from "../KeyValue.ts"

/** Whether a key matches a pattern of subjects: `*` stands for one token, `>` for the rest. */
const matches = (pattern: string) => {
  const wanted = pattern.split(".")
  return (key: string): boolean => {
    const tokens = key.split(".")
    const rest = wanted.indexOf(">")
    if (rest < 0 ? tokens.length !== wanted.length : tokens.length <= rest) return false
    return wanted.every((token, n) => token === ">" || token === "*" || (rest >= 0 && n > rest) || token === tokens[n])
  }
}

const makeBucket = (): Bucket => {
  const rows = new Map<string, Entry>()
  const changes = Effect.runSync(PubSub.unbounded<Change>())
  let revisions = 0
  const changed = (key: string, entry: Option.Option<Entry>) => PubSub.publish(changes, { key, entry })
  const remove = (key: string) =>
    Effect.suspend(() => (rows.delete(key) ? Effect.asVoid(changed(key, Option.none())) : Effect.void))
  const put: Bucket["put"] = (key, value, revision) =>
    Effect.suspend(() => {
      if ((rows.get(key)?.revision ?? 0) !== revision) return Effect.fail(new RevisionChanged({ key }))
      const entry = { value, revision: ++revisions }
      rows.set(key, entry)
      return Effect.as(changed(key, Option.some(entry)), entry.revision)
    })
  return {
    ensure: Effect.succeed(false),
    get: (key) => Effect.sync(() => Option.fromUndefinedOr(rows.get(key))),
    put,
    putAll: (all) => Effect.forEach(all, ({ key, value, revision }) => put(key, value, revision)),
    remove,
    clear: Effect.suspend(() => Effect.forEach([...rows.keys()], remove, { discard: true })),
    list: (patterns, most) =>
      Effect.sync(() => {
        const fits = patterns.map(matches)
        const entries = Array.from(rows, ([key, entry]) => ({ ...entry, key })).filter(({ key }) =>
          fits.some((fit) => fit(key))
        )
        return { entries: entries.slice(0, most), more: entries.length > most }
      }),
    size: Effect.sync(() => rows.size),
    watch: (keys) =>
      Stream.unwrap(
        Effect.map(PubSub.subscribe(changes), (subscription) => {
          const isWanted = matches(keys)
          const now = [...rows].flatMap(([key, entry]) => (isWanted(key) ? [{ key, entry: Option.some(entry) }] : []))
          const later = Stream.fromSubscription(subscription).pipe(Stream.filter(({ key }) => isWanted(key)))
          return Stream.concat(Stream.fromIterable<Change>(now), later)
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
