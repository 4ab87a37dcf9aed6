import type { ByteSize, Duration } from "effect"

/** The limits of a JetStream stream: retention, size and deduplication. */
export interface Retention {
  /** Without it, messages are kept forever. */
  readonly maxAge?: Duration.Input
  /** A full stream rejects new messages; stored messages are never dropped. */
  readonly maxBytes: ByteSize.Input
  readonly maxMessageBytes?: ByteSize.Input
  /** Within this time the server stores a message id only once. */
  readonly duplicateWindow?: Duration.Input
  readonly compression?: "none" | "s2"
}
