import { Schema } from "effect"

const Position = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** A message as a JetStream stream has it. */
export const StoredMessage = Schema.Struct({
  stream: Schema.String.annotate({ description: "The JetStream stream that stores it" }),
  subject: Schema.String,
  sequence: Position.annotate({ description: "In that stream" }),
  time: Schema.String.annotate({ format: "date-time", description: "When the stream stored it" }),
  headers: Schema.Record(Schema.String, Schema.String).annotate({ description: "As stored, not decoded" }),
  payload: Schema.Json.annotate({ description: "The parsed JSON, or the text if it is not JSON" })
}).annotate({ identifier: "StoredMessage" })
export type StoredMessage = typeof StoredMessage.Type

/** The newest message of each channel of the AsyncAPI document that a JetStream stream stores. */
export const Channels = Schema.Struct({
  log: Schema.String.annotate({ description: "The name of the log that `position` refers to" }),
  position: Position.annotate({
    description: "In the log, before the messages were read; the server may copy into a lane a moment later"
  }),
  newest: Schema.Record(Schema.String, Schema.NullOr(StoredMessage)).annotate({
    description: "By the name of the channel; null: it has no message yet"
  })
}).annotate({ identifier: "Channels" })
export type Channels = typeof Channels.Type
