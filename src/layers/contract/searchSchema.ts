import { Schema } from "effect"
import { EventView } from "./eventSchema.ts"

/** What a text was found to name. */
export const Search = Schema.Struct({
  named: Schema.Array(EventView).annotate({ description: "The events whose position or id the text is: at most two" }),
  correlation: Schema.NullOr(Schema.Struct({ id: Schema.String, newest: EventView })).annotate({
    description: "The text is a correlation id: with the newest event that has it"
  }),
  rows: Schema.Array(
    Schema.Struct({ view: Schema.String, rows: Schema.Array(Schema.JsonObject), more: Schema.Boolean })
  ).annotate({
    description: "By view, rows that have the values: at most ten of each. Views without such rows are absent"
  }),
  skipped: Schema.Array(Schema.String).annotate({
    description: "Views that could not be looked through now: they are being built, or not reachable"
  }),
  events: Schema.Array(EventView).annotate({ description: "Events that have the values, newest first: at most ten" }),
  next: Schema.NullOr(Schema.Int).annotate({
    description:
      "Ask with `before` set to this for older events; null: there are none. There may be some also where `events` is empty: a search reads 20,000 events at a time"
  })
}).annotate({ identifier: "Search" })
export type Search = typeof Search.Type
