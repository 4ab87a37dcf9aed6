import type { ByteSize, Duration } from "effect"

/** What a row of the wall keeps, and how long: its stream's retention, deduplication and limits. */
export interface Retention {
  /** For how long; without it, for ever. */
  readonly maxAge?: Duration.Input
  /** When it is full, new messages are refused; nothing that was accepted is thrown away. */
  readonly maxBytes: ByteSize.Input
  readonly maxMessageBytes?: ByteSize.Input
  /** Within this time a message id is taken once. */
  readonly duplicateWindow?: Duration.Input
  readonly compression?: "none" | "s2"
}
