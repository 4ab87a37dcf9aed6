import { Effect, Option } from "effect"
import {
  type Bucket,
  type Entry,
  type ListResult,
  type KeyedEntry,
  StoreUnavailable
} from "#layers/services/KeyValue.ts"
import type { RowIntegrity } from "./RowIntegrity.ts"

const restoreTimeout = "5 seconds"

/** Reads of rows that wait until rows which another client changed are restored. */
export const verifiedRows = (
  name: string,
  bucket: Bucket,
  integrity: RowIntegrity,
  decode: (stored: string) => unknown
) => {
  const isDecodable = (value: string) => {
    try {
      decode(value)
      return true
    } catch {
      return false
    }
  }
  const isVerified = (key: string, entry: Option.Option<Entry>): boolean => {
    if (integrity.suspects.has(key)) return false
    if (Option.isNone(entry) || integrity.generation === undefined) return true
    return (
      entry.value.writer === integrity.generation ||
      (integrity.isGenuine(entry.value) && isDecodable(entry.value.value))
    )
  }
  const awaitRestored = (keys: ReadonlyArray<string>) =>
    Effect.suspend(() => {
      keys.forEach((key) => integrity.suspect(key))
      return integrity.awaitSuspects((suspects) => !keys.some((key) => suspects.has(key)))
    }).pipe(Effect.timeoutOption(restoreTimeout))

  const get = Effect.fnUntraced(function* (key: string) {
    const entry = yield* bucket.get(key)
    if (isVerified(key, entry)) return entry
    yield* awaitRestored([key])
    const reread = yield* bucket.get(key)
    if (isVerified(key, reread)) return reread
    return yield* new StoreUnavailable({
      bucket: name,
      reason: `another client changed the row ${key}, and it is not restored from the log yet`
    })
  })

  const listVerified = Effect.fnUntraced(function* (list: Effect.Effect<ListResult, StoreUnavailable>) {
    const isUnverified = ({ key, ...entry }: KeyedEntry) => !key.startsWith("_") && !isVerified(key, Option.some(entry))
    const found = yield* list
    const unverified = found.entries.filter(isUnverified).map(({ key }) => key)
    // A removed row is not in the list, but among the suspects.
    const keys = [...new Set([...unverified, ...integrity.suspects])]
    if (keys.length === 0) return found
    yield* awaitRestored(keys)
    const relisted = yield* list
    const omitted = relisted.entries.filter(isUnverified)
    if (omitted.length === 0) return relisted
    yield* Effect.logWarning(
      `${omitted.length} rows of ${name} are left out of a list: ${omitted[0]!.key} is not restored yet`
    )
    return { ...relisted, entries: relisted.entries.filter((entry) => !isUnverified(entry)) }
  })

  return { get, listVerified }
}
