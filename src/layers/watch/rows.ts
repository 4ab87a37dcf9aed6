import { Key, type Slice } from "#domain/grammar/index.ts"
import { Effect, Option } from "effect"
import type { Rows } from "../blueprint/operations.ts"
import { type Keyed, KeyValue } from "../KeyValue.ts"
import { bucketOf } from "../runtime/followers.ts"
import { type Choices, select } from "../runtime/select.ts"
import { ViewHealth } from "../runtime/ViewHealth.ts"
import { Views } from "../runtime/Views.ts"

export interface Listed {
  readonly choices: Choices
  readonly limit: number
  /** Wait until the view knows this position. */
  readonly after?: number | undefined
}

/** The most entries that are looked through for one answer. */
const mostLookedAt = 20_000

type Failure = Effect.Error<ReturnType<Views["Service"]["reach"]>>

const jsonIn = (text: string): Rows["rows"][number] | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? (value as Rows["rows"][number]) : undefined
  } catch {
    return undefined
  }
}

/** The rows of a view as they stand now. */
export const rowsNow = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const views = yield* Views
  const bucket = (yield* KeyValue).bucket(bucketOf(view))
  const health = Option.getOrUndefined(yield* Effect.serviceOption(ViewHealth))

  const shown = ({ value }: Keyed, lacking: number): ReadonlyArray<Rows["rows"][number]> => {
    const row = jsonIn(value)
    return row ? [lacking > 0 ? { ...row, deadLetters: lacking } : row] : []
  }

  return ({ after, choices, limit }: Listed): Effect.Effect<Omit<Rows, "log">, Failure> =>
    Effect.gen(function* () {
      const { compare, fits, patterns } = select(view, choices)
      // The position first: what is read after it has it at least.
      const position = yield* views.reach(view, after ?? 0)
      const list = bucket.list(patterns, mostLookedAt)
      const { entries, more } = yield* health ? health.sound(view, list) : list
      const lacking = health ? yield* health.deadLetters(view) : () => 0
      const rows = entries
        .filter(({ key }) => !key.startsWith("_"))
        .flatMap((entry) => {
          const texts = Key.splitPath(view.key, entry.key)
          return texts && fits(texts) ? [{ entry, texts }] : []
        })
        .sort((a, b) => compare(a.texts, b.texts))
      return {
        view: view.shows.name,
        position,
        rows: rows.slice(0, limit).flatMap(({ entry }) => shown(entry, lacking(entry.key))),
        more: more || rows.length > limit
      }
    })
})
