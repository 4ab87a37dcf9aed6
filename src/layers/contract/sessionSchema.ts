import { Schema } from "effect"

/** A role that a caller may have, and what a token proves besides it. */
export const SessionRole = Schema.Struct({
  name: Schema.String,
  claims: Schema.Array(Schema.String).annotate({ description: "Names of claims, such as the number of a client" })
}).annotate({ identifier: "SessionRole" })

export const SessionCaller = Schema.Struct({
  subject: Schema.String,
  roles: Schema.Array(Schema.String),
  claims: Schema.Record(Schema.String, Schema.String),
  expiresAt: Schema.String.annotate({ description: "When the token expires: ISO 8601" })
}).annotate({ identifier: "SessionCaller" })

/** How the app authenticates, and who calls it. */
export const Session = Schema.Struct({
  authentication: Schema.Literals(["none", "development", "tokens"]).annotate({
    description:
      "`none`: everyone may do everything. `development`: the app issues a token for any role to any client. `tokens`: an issuer does"
  }),
  roles: Schema.Array(SessionRole).annotate({ description: "The roles of this board" }),
  caller: Schema.NullOr(SessionCaller).annotate({ description: "Null without a valid token" })
}).annotate({ identifier: "Session" })
export type Session = typeof Session.Type
