import type { Slice } from "#domain/grammar/index.ts"
import { Effect } from "effect"
import type { Rows } from "../blueprint/operations.ts"
import type { LogUnavailable } from "../EventLog.ts"
import { KeyValue, type StoreUnavailable } from "../KeyValue.ts"
import { bucketOf } from "../runtime/followers.ts"
import { type Choices, select } from "../runtime/select.ts"
import { type ViewBehind, Views } from "../runtime/Views.ts"

export interface Listed {
  readonly choices: Choices
  readonly limit: number
  /** Wait until the view knows this position. */
  readonly after?: number | undefined
}

/** The most entries that are looked through for one answer. */
const mostLookedAt = 20_000

/** The rows of a view as they stand now. */
export const rowsNow = Effect.fnUntraced(function* (view: Slice.View<any, any>) {
  const views = yield* Views
  const bucket = (yield* KeyValue).bucket(bucketOf(view))
  const words = Object.keys(view.key).length

  return ({ after, choices, limit }: Listed): Effect.Effect<Rows, ViewBehind | StoreUnavailable | LogUnavailable> =>
    Effect.gen(function* () {
      const { compare, fits, patterns } = select(view, choices)
      // The position first: what is read after it has it at least.
      const position = yield* views.reach(view, after ?? 0)
      const { entries, more } = yield* bucket.list(patterns, mostLookedAt)
      const rows = entries
        .filter(({ key }) => !key.startsWith("_"))
        .map(({ key, value }) => ({ value, tokens: words > 0 ? key.split(".") : [] }))
        .filter(({ tokens }) => fits(tokens))
        .sort((a, b) => compare(a.tokens, b.tokens))
      return {
        view: view.shows.name,
        position,
        rows: rows.slice(0, limit).map(({ value }) => JSON.parse(value)),
        more: more || rows.length > limit
      }
    })
})
