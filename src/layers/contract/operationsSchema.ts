import { Schema } from "effect"
import { Count } from "./eventSchema.ts"
import { RejectionsByCommand } from "./rejectionsSchema.ts"

const Position = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const ProcessorErrorSchema = Schema.Struct({
  message: Schema.String,
  time: Schema.String,
  times: Schema.Int.annotate({ description: "How often in a row" }),
  over: Schema.Boolean.annotate({ description: "It works again" })
}).annotate({ identifier: "Trouble" })

const processorFields = {
  lag: Schema.NullOr(Schema.Int).annotate({ description: "Facts it has not taken yet; null: not known" }),
  position: Schema.NullOr(Position).annotate({ description: "How far it has come in the log; null: not known" }),
  error: Schema.NullOr(ProcessorErrorSchema).annotate({ description: "What went wrong last in this process" }),
  parked: Schema.NullOr(Schema.Int).annotate({ description: "Facts that it could not take; null: not known" })
}

export const ViewState = Schema.Struct({
  ...processorFields,
  rows: Schema.NullOr(Schema.Int),
  rebuilding: Schema.optionalKey(Schema.Literal(true)).annotate({
    description: "It is being built from the log, and its rows are not shown before; absent once they are"
  })
}).annotate({
  identifier: "ViewState"
})
export const AutomationState = Schema.Struct(processorFields).annotate({ identifier: "AutomationState" })

const LogNameSchema = Schema.String.annotate({
  description: "Names the log that positions count in; another one after a restore, and for each run of a log in memory"
})

/** How the facts of the log stand: by type, those that the board has and those that it does not know. */
export const Totals = Schema.Struct({
  position: Position.annotate({ description: "Everything up to here is counted" }),
  facts: Schema.Record(Schema.String, Count).annotate({
    description: "Every fact of the board by name; a count of 0: never seen"
  }),
  unknown: Schema.Record(Schema.String, Count).annotate({
    description: "Types in the log that are not on the board, by the last token of their subject"
  })
}).annotate({ identifier: "Totals" })
export type Totals = typeof Totals.Type

export const Operations = Schema.Struct({
  ...Totals.fields,
  log: LogNameSchema,
  rejections: RejectionsByCommand,
  views: Schema.Record(Schema.String, ViewState),
  automations: Schema.Record(Schema.String, AutomationState)
}).annotate({ identifier: "Operations" })
export type Operations = typeof Operations.Type

const RowsWithDeadLetters = Schema.Struct({
  key: Schema.Record(Schema.String, Schema.String).annotate({
    description:
      "The words of the row's key as text, as the list is narrowed by them; a word that is not known is absent, and may be any"
  }),
  count: Schema.Int.check(Schema.isGreaterThan(0)).annotate({ description: "How many events were set aside" })
}).annotate({ identifier: "RowsLacking" })
export type RowsLacking = typeof RowsWithDeadLetters.Type

/** The rows of a view, in the order of their keys. A row that nobody touched is not there. */
export const Rows = Schema.Struct({
  view: Schema.String,
  log: LogNameSchema,
  position: Position.annotate({ description: "Of the log: everything up to here is in them" }),
  rows: Schema.Array(Schema.JsonObject),
  more: Schema.Boolean.annotate({ description: "There are more than were asked for" }),
  next: Schema.NullOr(Schema.String).annotate({
    description:
      "Ask with `next` set to this for the rows behind these; null: these are the last, or, with `more`, of too many to page through: narrow the words of the key"
  }),
  deadLetters: Schema.optionalKey(Schema.NonEmptyArray(RowsWithDeadLetters)).annotate({
    description:
      "Events that the view could not take and that no row above counts: their rows are missing here, see GET /operations/parked. Absent if there are none"
  })
}).annotate({ identifier: "Rows" })
export type Rows = typeof Rows.Type

/** How far a long answer has come. */
export const Progress = Schema.Struct({ done: Schema.Int, of: Schema.Int }).annotate({ identifier: "Progress" })
export type Progress = typeof Progress.Type

/** What a command would do now. */
export const DryRun = Schema.Struct({
  facts: Schema.Array(Schema.Struct({ type: Schema.String, lane: Schema.String, data: Schema.JsonObject })).annotate({
    description: "What it would add; none: there is nothing to do"
  })
}).annotate({ identifier: "DryRun" })
export type DryRun = typeof DryRun.Type
