import { Effect, Option } from "effect"
import { LRUCache } from "lru-cache"
import { Key, type Slice } from "#domain/model/index.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { emptyRow } from "./row.ts"

/** Rows that are kept to be served while the store is not reachable. */
const kept = 10_000

/** A row as the store showed it, and when, in monotonic milliseconds. */
interface Seen<R> {
  readonly row: R
  readonly at: number
}

/**
 * Looks rows up by what names them: what the store says, and while it is not reachable, what it said last, if that is not
 * older than position `after`.
 */
export const recall = (view: Slice.View<any, any>, bucket: Bucket, decode: (stored: string) => any) => {
  const rows = new LRUCache<string, Seen<any>>({ max: kept })

  const pathOf = (about: Key.Of<any>) =>
    Effect.try({
      try: () => Key.path(Key.tokens(view.key, about)),
      catch: (error) => error as Key.InvalidKey
    })

  return (about: Key.Of<any>, after = 0) =>
    Effect.flatMap(pathOf(about), (path) =>
      bucket.get(path).pipe(
        Effect.flatMap((entry) =>
          Effect.map(monotonicMillis, (at) => {
            const row = Option.match(entry, {
              onNone: () => emptyRow(view, about),
              onSome: ({ value }) => decode(value)
            })
            rows.set(path, { row, at })
            return { row, age: 0 }
          })
        ),
        Effect.catchTag("StoreUnavailable", (unavailable) => {
          const known = rows.get(path)
          return known && (known.row.position ?? 0) >= after
            ? Effect.map(monotonicMillis, (now) => ({ row: known.row, age: Math.round(now - known.at) }))
            : Effect.fail(unavailable)
        })
      )
    )
}
