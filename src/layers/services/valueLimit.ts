import { Effect } from "effect"
import { type Bucket, type Keyed, maxValueBytes, ValueTooLarge } from "./KeyValue.ts"

/**
 * What a bucket refuses before it sends anything, because a value is larger than it takes. `most` are the bytes that its
 * server takes, which may be another one after a reconnect.
 */
export const valueLimit = (bucket: string, most: () => number = () => Infinity) => {
  const tooLarge: Bucket["tooLarge"] = (key, value) => {
    const served = most()
    const isServers = served < maxValueBytes
    const max = isServers ? served : maxValueBytes
    // A character of a string is at most three bytes of UTF-8.
    if (value.length * 3 <= max) return undefined
    const bytes = Buffer.byteLength(value)
    return bytes > max
      ? new ValueTooLarge({ bucket, key, bytes, max, ...(isServers && { limit: "max_payload" }) })
      : undefined
  }
  /** Writes these if each of them fits. */
  const fitting = <A, E>(rows: ReadonlyArray<Pick<Keyed, "key" | "value">>, write: Effect.Effect<A, E>) =>
    Effect.suspend((): Effect.Effect<A, E | ValueTooLarge> => {
      for (const { key, value } of rows) {
        const error = tooLarge(key, value)
        if (error) return Effect.fail(error)
      }
      return write
    })
  return { tooLarge, fitting }
}
