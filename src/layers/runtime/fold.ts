import { Key, type Slice } from "#domain/grammar/index.ts"
import { Effect, Option, Predicate, Schema } from "effect"
import type { EventLog, Replayed } from "../EventLog.ts"
import { FailPoint } from "../FailPoint.ts"
import type { Bucket, Entry } from "../KeyValue.ts"
import { rowSchema, stateOf } from "./row.ts"

/** Where a bucket keeps how far its view has come; no row has this name, since no token of a key has `_`. */
export const progressKey = "_position"

const atOnce = 256

/** From so many positions on, reading the log in one go is quicker than being handed the facts. */
const farBehind = 5_000

/** The most rows that are held in memory before they are written. */
const mostHeld = 200_000

/** A row while facts are folded into it. */
interface Held {
  readonly about: object
  readonly revision: number
  state: unknown
  position: number
  /** The newest fact that is not written yet. */
  news?: Replayed
}

const revisionOf = (entry: Option.Option<Entry>) => Option.match(entry, { onNone: () => 0, onSome: (e) => e.revision })

/** How the facts of a view become the rows of its bucket. */
export const folder = (view: Slice.View<any, any>, bucket: Bucket) => {
  const schema = Schema.fromJsonString(Schema.toCodecJson(rowSchema(view)))
  const decode = Schema.decodeUnknownSync(schema)
  // States come from `evolve`, whose types hold already.
  const encode = Schema.encodeUnknownSync(schema, { disableChecks: true })
  const evolve: Record<string, (state: unknown, fact: unknown) => unknown> = view.shows.evolve

  const untouched = (fact: unknown): Held => ({
    about: Key.pick(view.key, fact as never),
    revision: 0,
    state: view.shows.initial,
    position: 0
  })

  const hold = (fact: unknown, entry: Option.Option<Entry>): Held => {
    if (Option.isNone(entry)) return untouched(fact)
    const row = decode(entry.value.value)
    const { revision } = entry.value
    return { about: Key.pick(view.key, row), revision, state: stateOf(view, row), position: row.position ?? 0 }
  }

  /** A fact that a row has already passes by. */
  const fold = (row: Held, replayed: Replayed) => {
    if (replayed.position <= row.position) return
    row.state = evolve[replayed.fact._tag]?.(row.state, replayed.fact) ?? row.state
    row.position = replayed.position
    row.news = replayed
  }

  /** Rows in memory: facts are folded into them as they come, and each row is written once, by revision. */
  const sheet = (bucketIsEmpty: boolean) => {
    const rows = new Map<string, Held>()
    let empty = bucketIsEmpty

    const load = (missing: ReadonlyMap<string, unknown>) =>
      Effect.forEach(
        missing,
        ([path, fact]) => Effect.map(bucket.get(path), (entry) => void rows.set(path, hold(fact, entry))),
        { concurrency: atOnce, discard: true }
      )

    const add = (facts: ReadonlyArray<Replayed>) =>
      Effect.suspend(() => {
        const paths = facts.map(({ fact }) => Key.path(Key.tokens(view.key, fact as never)))
        const missing = new Map<string, unknown>()
        paths.forEach((path, n) => {
          if (rows.has(path)) return
          if (empty) rows.set(path, untouched(facts[n]!.fact))
          else missing.set(path, facts[n]!.fact)
        })
        const all = Effect.sync(() => facts.forEach((fact, n) => fold(rows.get(paths[n]!)!, fact)))
        return missing.size === 0 ? all : Effect.andThen(load(missing), all)
      })

    const write = Effect.forEach(
      rows,
      ([path, { about, revision, state, news }]) => {
        if (!news) return Effect.void
        const stamp = { updatedAt: news.time, updatedBy: news.actor, position: news.position }
        return bucket.put(path, encode({ ...about, ...(state as object), ...stamp }), revision)
      },
      { concurrency: atOnce, discard: true }
    )

    /** Writes what is new; the bucket knows this position then. */
    const flush = Effect.fnUntraced(function* (position: number) {
      yield* write
      const failPoint = yield* FailPoint
      failPoint("before-progress")
      rows.clear()
      empty = false
      yield* reached(position)
    })

    return { add, flush, size: () => rows.size }
  }

  const reached = Effect.fnUntraced(function* (position: number) {
    const entry = yield* bucket.get(progressKey)
    if (Option.isSome(entry) && Number(entry.value.value) >= position) return
    yield* bucket.put(progressKey, String(position), revisionOf(entry))
  })

  const position = Effect.map(bucket.get(progressKey), (entry) =>
    Option.isSome(entry) ? Number(entry.value.value) : 0
  )

  /** Folds facts, in the log's order, into the bucket. */
  const take = (facts: ReadonlyArray<Replayed>) =>
    Effect.gen(function* () {
      const { add, flush } = sheet(false)
      yield* add(facts)
      yield* flush(facts.at(-1)?.position ?? 0)
    }).pipe(Effect.retry({ while: Predicate.isTagged("RevisionChanged") }))

  /** Brings a bucket that is far behind up to the log's newest fact, without a delivery for each. Answers with where it is. */
  const catchUp = (log: EventLog["Service"], types: ReadonlyArray<string>) => {
    const from = Effect.fnUntraced(function* (mayBeEmpty: boolean) {
      const at = yield* position
      const end = yield* log.newest(types)
      if (end - at < farBehind) return at
      const { add, flush, size } = sheet(mayBeEmpty && at === 0)
      yield* log.replay(types, at, end, (page) =>
        Effect.andThen(
          add(page),
          Effect.suspend(() => (size() > mostHeld ? flush(page.at(-1)!.position) : Effect.void))
        )
      )
      yield* flush(end)
      return end
    })
    return from(true).pipe(
      Effect.catchTag("RevisionChanged", () =>
        from(false).pipe(Effect.retry({ while: Predicate.isTagged("RevisionChanged") }))
      )
    )
  }

  return { take, catchUp, position, decode }
}
