import { Effect, Layer, Option, PubSub, Stream } from "effect"
import { valueLimit } from "#layers/buckets/valueLimit.ts"
import { keyMatcher } from "#layers/codec/keyMatcher.ts"
import {
  type Bucket,
  type KeyChange,
  type Entry,
  KeyValue,
  type KeyedEntry,
  RevisionChanged
} from "#layers/services/KeyValue.ts"

/** A change and its writer. */
interface StoredChange extends KeyChange {
  readonly writer?: string
}

const entryOf = ({ revision, writer }: StoredChange, value: string): Entry => ({
  value,
  revision,
  ...(writer !== undefined && { writer })
})

/** The changes of a bucket. */
const makeChanges = () => {
  /** The newest change of each key, oldest first; removals included. */
  const changesByKey = new Map<string, StoredChange>()
  const published = Effect.runSync(PubSub.unbounded<StoredChange>())
  let lastRevision = 0
  return {
    byKey: changesByKey as ReadonlyMap<string, StoredChange>,
    lastRevision: () => lastRevision,
    /** Stores a change; returns its revision. */
    record: (key: string, value: Option.Option<string>, writer?: string): number => {
      const stored = { key, value, revision: ++lastRevision, ...(writer !== undefined && { writer }) }
      changesByKey.delete(key)
      changesByKey.set(key, stored)
      PubSub.publishUnsafe(published, stored)
      return lastRevision
    },
    clear: () => changesByKey.clear(),
    /** The stored changes, then new ones. */
    follow: Stream.unwrap(
      Effect.map(PubSub.subscribe(published), (subscription) =>
        Stream.concat(Stream.fromIterable([...changesByKey.values()]), Stream.fromSubscription(subscription))
      )
    )
  }
}

const makeBucket = (name: string): Bucket => {
  const changes = makeChanges()
  const get = (key: string): Option.Option<Entry> => {
    const row = changes.byKey.get(key)
    return row ? Option.map(row.value, (value) => entryOf(row, value)) : Option.none()
  }
  const liveEntries = () =>
    [...changes.byKey.values()].flatMap((row): ReadonlyArray<KeyedEntry> =>
      Option.isSome(row.value) ? [{ key: row.key, ...entryOf(row, row.value.value) }] : []
    )

  const { writeIfFits, checkSize } = valueLimit(name)
  const putEntry = ({ key, value, revision, writer, isNew }: KeyedEntry) =>
    Effect.suspend(() => {
      const row = changes.byKey.get(key)
      const isThere = row !== undefined && Option.isSome(row.value)
      const matchesRevision = revision === (row?.revision ?? 0) || (revision === 0 && !isThere && isNew !== true)
      // In the same step as the check, so that no other fiber writes in between.
      if (matchesRevision) return Effect.succeed(changes.record(key, Option.some(value), writer))
      return Effect.fail(new RevisionChanged({ key, ...(row && !isThere && { removalRevision: row.revision }) }))
    })
  return {
    ensure: Effect.succeed(false),
    get: (key) => Effect.sync(() => get(key)),
    put: (key, value, revision, writer) =>
      writeIfFits([{ key, value }], putEntry({ key, value, revision, ...(writer !== undefined && { writer }) })),
    putAll: (all) => writeIfFits(all, Effect.forEach(all, putEntry)),
    checkSize,
    remove: (key) => Effect.sync(() => changes.record(key, Option.none())),
    // The watch delivers nothing, as on the server, which sends no notice of a purge.
    clear: Effect.sync(changes.clear),
    list: (patterns, limit) =>
      Effect.sync(() => {
        const matchers = patterns.map(keyMatcher)
        const entries = liveEntries().filter(({ key }) => matchers.some((matcher) => matcher(key)))
        return { entries: entries.slice(0, limit), more: entries.length > limit }
      }),
    lastRevision: Effect.sync(changes.lastRevision),
    size: Effect.sync(() => liveEntries().length),
    state: Effect.sync(() =>
      Option.some({ incarnation: "with this process", entries: changes.byKey.size, replicas: 1 })
    ),
    watch: (keys) => {
      const isMatch = keyMatcher(keys)
      return changes.follow.pipe(
        Stream.filter(({ key }) => isMatch(key)),
        Stream.map(({ key, value, revision }): KeyChange => ({ key, value, revision }))
      )
    },
    revisionsAfter: (after) =>
      changes.follow.pipe(
        Stream.filter(({ revision }) => revision > after),
        Stream.map(({ key, value, revision, writer }) => ({
          key,
          revision,
          isRemoved: Option.isNone(value),
          ...(writer !== undefined && { writer })
        }))
      )
  }
}

/** Buckets in memory. */
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
