import { Schema } from "effect"
import { Count } from "./eventSchema.ts"
import { RejectionsByCommand } from "./rejectionsSchema.ts"

const Position = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const ProcessorErrorSchema = Schema.Struct({
  message: Schema.String,
  time: Schema.String,
  times: Schema.Int.annotate({ description: "How often in a row it occurred" }),
  over: Schema.Boolean.annotate({ description: "true: resolved" }),
  waits: Schema.optionalKey(Schema.Literal(true)).annotate({
    description: "true: it is no fault: the processor waits until this process has newer code; else absent"
  })
}).annotate({ identifier: "Trouble" })

const processorFields = {
  lag: Schema.NullOr(Schema.Int).annotate({ description: "Events that it has not processed yet; null: not known" }),
  position: Schema.NullOr(Position).annotate({ description: "Its position in the log; null: not known" }),
  error: Schema.NullOr(ProcessorErrorSchema).annotate({ description: "Its last error in this process" }),
  parked: Schema.NullOr(Schema.Int).annotate({ description: "Its dead letters; null: not known" })
}

export const ViewState = Schema.Struct({
  ...processorFields,
  rows: Schema.NullOr(Schema.Int),
  rebuilding: Schema.optionalKey(Schema.Literal(true)).annotate({
    description: "true: it is being rebuilt from the log, and its rows are not shown yet; else absent"
  })
}).annotate({
  identifier: "ViewState"
})
export const AutomationState = Schema.Struct(processorFields).annotate({ identifier: "AutomationState" })

const LogNameSchema = Schema.String.annotate({
  description:
    "The name of the log that positions refer to; it changes with a restore, and with each run of a log in memory"
})

/** The number of events in the log by type, of types on the board and of unknown types. */
export const Totals = Schema.Struct({
  position: Position.annotate({ description: "Everything up to this position is counted" }),
  facts: Schema.Record(Schema.String, Count).annotate({
    description: "Every type of event on the board, by name; also those without events"
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
      "The fields of the row's key as text, as in the parameters of the list; a field that is not known is absent, and may have any value"
  }),
  count: Schema.Int.check(Schema.isGreaterThan(0)).annotate({ description: "How many events are dead letters" })
}).annotate({ identifier: "RowsLacking" })
export type RowsLacking = typeof RowsWithDeadLetters.Type

/** The rows of a view, in the order of their keys. Rows without events are not included. */
export const Rows = Schema.Struct({
  view: Schema.String,
  log: LogNameSchema,
  position: Position.annotate({ description: "In the log: the rows include every event up to it" }),
  rows: Schema.Array(Schema.JsonObject),
  more: Schema.Boolean.annotate({ description: "There are more rows than were requested" }),
  next: Schema.NullOr(Schema.String).annotate({
    description:
      "Set `next` to this for the rows after these; null: these are the last, or, with `more`, there are too many to page through: narrow the fields of the key"
  }),
  deadLetters: Schema.optionalKey(Schema.Array(RowsWithDeadLetters).check(Schema.isMinLength(1))).annotate({
    description:
      "Events that the view could not apply and that no row above counts: their rows are missing here, see GET /operations/parked. Absent if there are none"
  })
}).annotate({ identifier: "Rows" })
export type Rows = typeof Rows.Type

/** The progress of a long read. */
export const Progress = Schema.Struct({ done: Schema.Int, of: Schema.Int }).annotate({ identifier: "Progress" })
export type Progress = typeof Progress.Type

/** The result of a command that is decided, but not appended. */
export const DryRun = Schema.Struct({
  facts: Schema.Array(Schema.Struct({ type: Schema.String, lane: Schema.String, data: Schema.JsonObject })).annotate({
    description: "The events that it would append; empty: there is nothing to do"
  })
}).annotate({ identifier: "DryRun" })
export type DryRun = typeof DryRun.Type
