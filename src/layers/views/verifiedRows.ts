import { Effect, Option } from "effect"
import { type Bucket, type Entry, type Found, type Keyed, StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { RowIntegrity } from "./RowIntegrity.ts"

/** How long a reader waits for rows that are being restored. */
const restoreTimeout = "5 seconds"

/** Rows as readers get them: those that something else changed are restored first. */
export const soundRows = (
  name: string,
  bucket: Bucket,
  integrity: RowIntegrity,
  decode: (stored: string) => unknown
) => {
  const canBeRead = (value: string) => {
    try {
      decode(value)
      return true
    } catch {
      return false
    }
  }
  const isSound = (key: string, entry: Option.Option<Entry>): boolean => {
    if (integrity.suspects.has(key)) return false
    if (Option.isNone(entry) || integrity.generation === undefined) return true
    return (
      entry.value.writer === integrity.generation || (integrity.isGenuine(entry.value) && canBeRead(entry.value.value))
    )
  }
  const areRestored = (keys: ReadonlyArray<string>) =>
    Effect.suspend(() => {
      keys.forEach((key) => integrity.suspect(key))
      return integrity.until((suspects) => !keys.some((key) => suspects.has(key)))
    }).pipe(Effect.timeoutOption(restoreTimeout))

  const get = Effect.fnUntraced(function* (key: string) {
    const entry = yield* bucket.get(key)
    if (isSound(key, entry)) return entry
    yield* areRestored([key])
    const again = yield* bucket.get(key)
    if (isSound(key, again)) return again
    return yield* new StoreUnavailable({
      bucket: name,
      reason: `something else changed the row ${key}, and it is not restored from the log yet`
    })
  })

  const sound = Effect.fnUntraced(function* (list: Effect.Effect<Found, StoreUnavailable>) {
    const isNot = ({ key, ...entry }: Keyed) => !key.startsWith("_") && !isSound(key, Option.some(entry))
    const found = yield* list
    const unsound = found.entries.filter(isNot).map(({ key }) => key)
    // A row that was removed is not in the list, and comes back with those that are suspected.
    const wanted = [...new Set([...unsound, ...integrity.suspects])]
    if (wanted.length === 0) return found
    yield* areRestored(wanted)
    const again = yield* list
    const left = again.entries.filter(isNot)
    if (left.length === 0) return again
    yield* Effect.logWarning(
      `${left.length} rows of ${name} are left out of a list: ${left[0]!.key} is not restored yet`
    )
    return { ...again, entries: again.entries.filter((entry) => !isNot(entry)) }
  })

  return { get, sound }
}
