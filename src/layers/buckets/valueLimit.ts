import { Effect } from "effect"
import { type Bucket, type KeyedEntry, maxValueBytes, ValueTooLarge } from "#layers/services/KeyValue.ts"

/**
 * Checks the size of values before anything is sent. `serverMaxBytes` is the limit of the connected server, which may be
 * another one after a reconnect.
 */
export const valueLimit = (bucket: string, serverMaxBytes: () => number = () => Infinity) => {
  const checkSize: Bucket["checkSize"] = (key, value) => {
    const serverMax = serverMaxBytes()
    const isServerLimit = serverMax < maxValueBytes
    const maxBytes = isServerLimit ? serverMax : maxValueBytes
    // A UTF-16 code unit is at most three bytes of UTF-8.
    if (value.length * 3 <= maxBytes) return undefined
    const bytes = Buffer.byteLength(value)
    return bytes > maxBytes
      ? new ValueTooLarge({ bucket, key, bytes, maxBytes, ...(isServerLimit && { limit: "max_payload" }) })
      : undefined
  }
  /** Runs `write` if none of the values is too large. */
  const writeIfFits = <A, E>(rows: ReadonlyArray<Pick<KeyedEntry, "key" | "value">>, write: Effect.Effect<A, E>) =>
    Effect.suspend((): Effect.Effect<A, E | ValueTooLarge> => {
      for (const { key, value } of rows) {
        const error = checkSize(key, value)
        if (error) return Effect.fail(error)
      }
      return write
    })
  return { checkSize, writeIfFits }
}
