import { Effect, Layer, Option, PubSub, Stream } from "effect"
import {
  type Bucket,
  type Change,
  type Entry,
  KeyValue,
  type Keyed,
  RevisionChanged
} from "#layers/services/KeyValue.ts"
import { valueLimit } from "#layers/services/valueLimit.ts"

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

/** A change, and who made it. */
interface Kept extends Change {
  readonly writer?: string
}

const makeBucket = (name: string): Bucket => {
  /** The newest change of each key, the oldest of them first: of a key that was taken away, that it was. */
  const rows = new Map<string, Kept>()
  const changes = Effect.runSync(PubSub.unbounded<Kept>())
  let newest = 0

  const change = (key: string, value: Option.Option<string>, writer?: string) =>
    Effect.suspend(() => {
      const made = { key, value, revision: ++newest, ...(writer !== undefined && { writer }) }
      rows.delete(key)
      rows.set(key, made)
      return Effect.as(PubSub.publish(changes, made), newest)
    })
  const get = (key: string): Option.Option<Entry> => {
    const row = rows.get(key)
    return row ? Option.map(row.value, (value) => entryOf(row, value)) : Option.none()
  }
  const there = () =>
    [...rows.values()].flatMap((row): ReadonlyArray<Keyed> =>
      Option.isSome(row.value) ? [{ key: row.key, ...entryOf(row, row.value.value) }] : []
    )

  const remove = (key: string) => change(key, Option.none())
  const { fitting, tooLarge } = valueLimit(name)
  const putRow = ({ key, value, revision, writer, isNew }: Keyed) =>
    Effect.suspend(() => {
      const row = rows.get(key)
      const isThere = row !== undefined && Option.isSome(row.value)
      const wasSeen = revision === (row?.revision ?? 0) || (revision === 0 && !isThere && isNew !== true)
      if (wasSeen) return change(key, Option.some(value), writer)
      return Effect.fail(new RevisionChanged({ key, ...(row && !isThere && { removed: row.revision }) }))
    })
  const put: Bucket["put"] = (key, value, revision, writer) =>
    fitting([{ key, value }], putRow({ key, value, revision, ...(writer !== undefined && { writer }) }))
  /** Behind what stands already, what comes. */
  const from = <A>(is: (change: Kept) => boolean, as: (change: Kept) => A) =>
    Stream.unwrap(
      Effect.map(PubSub.subscribe(changes), (subscription) =>
        Stream.concat(Stream.fromIterable([...rows.values()]), Stream.fromSubscription(subscription)).pipe(
          Stream.filter(is),
          Stream.map(as)
        )
      )
    )
  return {
    ensure: Effect.succeed(false),
    get: (key) => Effect.sync(() => get(key)),
    put,
    putAll: (all) => fitting(all, Effect.forEach(all, putRow)),
    tooLarge,
    remove,
    // As the server does, which sends no notice of a purge.
    clear: Effect.sync(() => rows.clear()),
    list: (patterns, most) =>
      Effect.sync(() => {
        const fits = patterns.map(matches)
        const entries = there().filter(({ key }) => fits.some((fit) => fit(key)))
        return { entries: entries.slice(0, most), more: entries.length > most }
      }),
    newest: Effect.sync(() => newest),
    size: Effect.sync(() => there().length),
    state: Effect.sync(() => Option.some({ incarnation: "with this process", entries: rows.size, replicas: 1 })),
    watch: (keys) => {
      const fits = matches(keys)
      return from(
        ({ key }) => fits(key),
        ({ key, value, revision }): Change => ({ key, value, revision })
      )
    },
    touched: (after) =>
      from(
        ({ revision }) => revision > after,
        ({ key, value, revision, writer }) => ({
          key,
          revision,
          isRemoved: Option.isNone(value),
          ...(writer !== undefined && { writer })
        })
      )
  }
}

const entryOf = ({ revision, writer }: Kept, value: string): Entry => ({
  value,
  revision,
  ...(writer !== undefined && { writer })
})

/** Buckets without a server. */
export const layer = Layer.sync(KeyValue, () => {
  const buckets = new Map<string, Bucket>()
  return {
    bucket: (name) => {
      const known = buckets.get(name) ?? makeBucket(name)
      buckets.set(name, known)
      return known
    }
  }
})
