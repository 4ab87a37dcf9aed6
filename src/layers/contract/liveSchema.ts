import { Schema } from "effect"

/** A browser's permission to read one view over WebSocket, until it expires. */
export const LiveSession = Schema.Struct({
  url: Schema.String.annotate({ description: "The address of NATS for browsers: ws:// or wss://" }),
  token: Schema.String.annotate({
    description: "The token to connect with. Send it here again before it expires, for the next one of this session"
  }),
  expiresAt: Schema.String.annotate({
    format: "date-time",
    description: "When the server closes connections that were opened with this token"
  }),
  lifetimeSeconds: Schema.Int.annotate({ description: "Until it expires" }),
  view: Schema.String,
  stream: Schema.String.annotate({ description: "The stream of the view's bucket, for direct gets" }),
  stored: Schema.String.annotate({ description: "What the subjects of stored rows begin with; the key follows" }),
  changes: Schema.String.annotate({ description: "What the subjects of changed rows begin with; the key follows" }),
  inboxPrefix: Schema.String.annotate({ description: "What the inboxes of the connection have to begin with" })
}).annotate({ identifier: "LiveSession" })
export type LiveSession = typeof LiveSession.Type
