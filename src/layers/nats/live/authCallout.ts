import type { Msg, NatsConnection } from "@nats-io/transport-node"
import { Effect, Option, Schema } from "effect"
import { rowRequests, rowSubjects } from "#layers/buckets/rowSubjects.ts"
import { subscriptionsSent } from "#layers/nats/connection/subscriptionsSent.ts"
import { type AdmissionLimits, makeAdmissions } from "./admissions.ts"
import type { Issuer } from "./issuer.ts"
import type { SessionClaims, sessionTokens } from "./sessionTokens.ts"

/** The server asks here whether a client without credentials of the configuration may connect. */
const calloutSubject = "$SYS.REQ.USER.AUTH"

/** The part of the server's question that matters here; it comes as a JWT. */
const AuthRequest = Schema.Struct({
  server_id: Schema.Struct({ id: Schema.String }),
  user_nkey: Schema.String,
  client_info: Schema.Struct({ type: Schema.optionalKey(Schema.String), host: Schema.optionalKey(Schema.String) }),
  connect_opts: Schema.Struct({ auth_token: Schema.optionalKey(Schema.String) })
})
type AuthRequest = typeof AuthRequest.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({ nats: AuthRequest })))

/** The question in a message. Its signature is not checked: only the server can publish on its subject. */
const questionIn = (message: Msg) =>
  Option.map(decode(Buffer.from(message.string().split(".")[1] ?? "", "base64url").toString()), ({ nats }) => nats)

export const sessionInbox = (session: string): string => `_INBOX_${session}`

export interface CalloutOptions {
  readonly board: { readonly name: string }
  readonly issuer: Issuer
  readonly tokens: ReturnType<typeof sessionTokens>
  /** The account that browsers are put in. It has nothing but the imports of rows. */
  readonly account: string
  readonly limits: AdmissionLimits
}

/** All that a session may do: receive the changes of one bucket, request its rows, and receive the answers. */
const permissions = (board: CalloutOptions["board"], { bucket, sub }: SessionClaims) => ({
  sub: { allow: [rowSubjects(board, bucket), `${sessionInbox(sub)}.>`] },
  pub: { allow: rowRequests(bucket) }
})

/** The JWT of a user, why there is none, or nothing for a client that another app decides about. */
const makeDecide = ({ account, board, issuer, limits, tokens }: CalloutOptions) => {
  const admissions = makeAdmissions(limits)
  return ({ client_info: client, connect_opts, user_nkey }: AuthRequest, nowSeconds: number) => {
    const claims = tokens.read(connect_opts.auth_token ?? "", nowSeconds)
    if (Option.isNone(claims)) return { error: "there is no token, or it is forged or has expired" }
    const { aud, exp, sub } = claims.value
    // Apps of other accounts, with the same issuer, receive the same question.
    if (aud !== account) return undefined
    // The server does not enforce `allowed_connection_types` of a user that a callout admits.
    if (client.type !== "websocket") return { error: "sessions are for WebSocket only" }
    const refusal = admissions.admit({ session: sub, address: client.host ?? "", expires: exp }, nowSeconds)
    if (refusal !== undefined) return { error: refusal }
    const user = { type: "user", ...permissions(board, claims.value), subs: -1, data: -1, payload: -1 }
    return { jwt: issuer.sign({ sub: user_nkey, aud: account, name: `browser-${sub}`, exp, nats: user }) }
  }
}

/**
 * Answers the server's questions about clients until the scope closes. Refuses a client without a valid token, over another
 * transport than WebSocket, or beyond the limits.
 */
export const answerAuthCallouts = Effect.fnUntraced(function* (nats: NatsConnection, options: CalloutOptions) {
  const decide = makeDecide(options)
  const answer = (message: Msg) => {
    const question = questionIn(message)
    if (Option.isNone(question)) return
    const { server_id, user_nkey } = question.value
    const decision = decide(question.value, Math.floor(Date.now() / 1000))
    if (decision === undefined) return
    const nats = { type: "authorization_response", ...decision }
    message.respond(options.issuer.sign({ sub: user_nkey, aud: server_id.id, nats }))
  }
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      nats.subscribe(calloutSubject, { callback: (error, message) => (error ? undefined : answer(message)) })
    ),
    (subscription) => Effect.sync(() => subscription.unsubscribe())
  )
  yield* subscriptionsSent(nats)
})
