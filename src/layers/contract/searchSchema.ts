import { Schema } from "effect"
import { EventView } from "./eventSchema.ts"

/** The results of a search for a text. */
export const Search = Schema.Struct({
  named: Schema.Array(EventView).annotate({ description: "The events whose position or id the text is: at most two" }),
  correlation: Schema.NullOr(Schema.Struct({ id: Schema.String, newest: EventView })).annotate({
    description: "The newest event with this correlation id, if the text is one"
  }),
  rows: Schema.Array(
    Schema.Struct({ view: Schema.String, rows: Schema.Array(Schema.JsonObject), more: Schema.Boolean })
  ).annotate({
    description: "By view, rows with the values: at most ten of each. Views without such rows are absent"
  }),
  skipped: Schema.Array(Schema.String).annotate({
    description: "Views that could not be searched: they are being rebuilt, or not reachable"
  }),
  events: Schema.Array(EventView).annotate({ description: "Events with the values, newest first: at most ten" }),
  next: Schema.NullOr(Schema.Int).annotate({
    description:
      "Set `before` to this for older events; null: there are none. There may be some even if `events` is empty: a search reads 20,000 events at a time"
  })
}).annotate({ identifier: "Search" })
export type Search = typeof Search.Type
