import { Effect } from "effect"
import { type Bucket, type KeyedEntry, maxValueBytes, ValueTooLarge } from "./KeyValue.ts"

/**
 * What a bucket refuses before it sends anything, because a value is larger than it takes. `most` are the bytes that its
 * server takes, which may be another one after a reconnect.
 */
export const valueLimit = (bucket: string, serverMaxBytes: () => number = () => Infinity) => {
  const checkSize: Bucket["checkSize"] = (key, value) => {
    const serverMax = serverMaxBytes()
    const isServerLimit = serverMax < maxValueBytes
    const maxBytes = isServerLimit ? serverMax : maxValueBytes
    // A character of a string is at most three bytes of UTF-8.
    if (value.length * 3 <= maxBytes) return undefined
    const bytes = Buffer.byteLength(value)
    return bytes > maxBytes
      ? new ValueTooLarge({ bucket, key, bytes, maxBytes, ...(isServerLimit && { limit: "max_payload" }) })
      : undefined
  }
  /** Writes these if each of them fits. */
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
