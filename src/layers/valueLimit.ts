import { Effect } from "effect"
import { type Bucket, type Keyed, maxValueBytes, ValueTooLarge } from "./KeyValue.ts"

/** What a bucket refuses before it sends anything, because a value is larger than it takes. */
export const valueLimit = (bucket: string, max = maxValueBytes) => {
  const tooLarge: Bucket["tooLarge"] = (key, value) => {
    // A character of a string is at most three bytes of UTF-8.
    if (value.length * 3 <= max) return undefined
    const bytes = Buffer.byteLength(value)
    return bytes > max ? new ValueTooLarge({ bucket, key, bytes, max }) : undefined
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
