import { Effect, Option } from "effect"
import { LRUCache } from "lru-cache"
import { Key, type Slice } from "#domain/model/index.ts"
import type { Bucket } from "#layers/services/KeyValue.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { emptyRow } from "./row.ts"

const maxCachedRows = 10_000

interface CachedRow<R> {
  readonly row: R
  /** Monotonic. */
  readonly readAtMillis: number
}

/**
 * Reads rows by their key. While the store is not reachable, serves the row as it was read last, if that row has reached
 * position `after`.
 */
export const staleRowCache = (view: Slice.View<any, any>, bucket: Bucket, decode: (stored: string) => any) => {
  const rows = new LRUCache<string, CachedRow<any>>({ max: maxCachedRows })

  const pathOf = (about: Key.Of<any>) =>
    Effect.try({
      try: () => Key.toBucketKey(Key.tokens(view.key, about)),
      catch: (error) => error as Key.InvalidKey
    })

  return (about: Key.Of<any>, after = 0) =>
    Effect.flatMap(pathOf(about), (path) =>
      bucket.get(path).pipe(
        Effect.flatMap((entry) =>
          Effect.map(monotonicMillis, (nowMillis) => {
            const row = Option.match(entry, {
              onNone: () => emptyRow(view, about),
              onSome: ({ value }) => decode(value)
            })
            rows.set(path, { row, readAtMillis: nowMillis })
            return { row, ageMillis: 0 }
          })
        ),
        Effect.catchTag("StoreUnavailable", (unavailable) => {
          const cached = rows.get(path)
          return cached && (cached.row.position ?? 0) >= after
            ? Effect.map(monotonicMillis, (now) => ({
                row: cached.row,
                ageMillis: Math.round(now - cached.readAtMillis)
              }))
            : Effect.fail(unavailable)
        })
      )
    )
}
