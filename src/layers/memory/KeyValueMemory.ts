import { Effect, Layer, Option, PubSub, Stream } from "effect"
import { type Bucket, type Change, type Entry, KeyValue, RevisionChanged, revisionOf } from "../KeyValue.ts"

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
  /** The newest change of each key, the oldest of them first: of a key that was taken away, that it was. */
  const rows = new Map<string, Change>()
  const changes = Effect.runSync(PubSub.unbounded<Change>())
  let newest = 0

  const change = (key: string, value: Option.Option<string>) =>
    Effect.suspend(() => {
      const made = { key, value, revision: ++newest }
      rows.delete(key)
      rows.set(key, made)
      return Effect.as(PubSub.publish(changes, made), newest)
    })
  const get = (key: string): Option.Option<Entry> => {
    const row = rows.get(key)
    return row ? Option.map(row.value, (value) => ({ value, revision: row.revision })) : Option.none()
  }
  const there = () =>
    [...rows.values()].flatMap(({ key, value, revision }) =>
      Option.isSome(value) ? [{ key, value: value.value, revision }] : []
    )

  const remove = (key: string) => change(key, Option.none())
  const put: Bucket["put"] = (key, value, revision) =>
    Effect.suspend(() =>
      revisionOf(get(key)) === revision ? change(key, Option.some(value)) : Effect.fail(new RevisionChanged({ key }))
    )
  return {
    ensure: Effect.succeed(false),
    get: (key) => Effect.sync(() => get(key)),
    put,
    putAll: (all) => Effect.forEach(all, ({ key, value, revision }) => put(key, value, revision)),
    remove,
    clear: Effect.suspend(() => Effect.forEach(there(), ({ key }) => remove(key), { discard: true })),
    list: (patterns, most) =>
      Effect.sync(() => {
        const fits = patterns.map(matches)
        const entries = there().filter(({ key }) => fits.some((fit) => fit(key)))
        return { entries: entries.slice(0, most), more: entries.length > most }
      }),
    newest: Effect.sync(() => newest),
    size: Effect.sync(() => there().length),
    watch: (keys) =>
      Stream.unwrap(
        Effect.map(PubSub.subscribe(changes), (subscription) => {
          const fits = matches(keys)
          const isWanted = ({ key }: Change) => fits(key)
          const now = [...rows.values()].filter(isWanted)
          return Stream.concat(Stream.fromIterable(now), Stream.filter(Stream.fromSubscription(subscription), isWanted))
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
