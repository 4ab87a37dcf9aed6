import { randomBytes } from "node:crypto"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Option, type Scope } from "effect"
import { Board } from "#domain/model/index.ts"
import { bucketOf, entryPrefix, bucketStream } from "#layers/buckets/bucketNames.ts"
import { rowChangesPrefix } from "#layers/buckets/rowSubjects.ts"
import type { LiveSessions } from "#layers/services/LiveSessions.ts"
import type { AdmissionLimits } from "./admissions.ts"
import { answerAuthCallouts, sessionInbox } from "./authCallout.ts"
import type { Issuer } from "./issuer.ts"
import { sessionTokens } from "./sessionTokens.ts"

interface Options {
  readonly issuer: Issuer
  /** Where browsers connect. */
  readonly url: string
  /** The account of the server that browsers are put in. */
  readonly account: string
  readonly tokenSeconds: number
  readonly limits: AdmissionLimits
}

/**
 * Sessions of browsers: issues their tokens, and admits those who connect with one. `nats` is a connection of the user
 * that the server's `auth_callout` asks.
 */
export const openLiveSessions = Effect.fnUntraced(function* (
  board: Board.Any,
  nats: NatsConnection,
  { account, issuer, limits, tokenSeconds, url }: Options
): Effect.fn.Return<LiveSessions, never, Scope.Scope> {
  const tokens = sessionTokens(issuer.sessionKey)
  const bucketByView = new Map(Board.views(board).map((view) => [view.shows.name as string, bucketOf(view)]))
  yield* answerAuthCallouts(nats, { board, issuer, tokens, account, limits })
  return {
    url,
    open: (view, previous) => {
      const bucket = bucketByView.get(view)
      if (bucket === undefined) throw new Error(`The board has no view ${view}`)
      const nowSeconds = Math.floor(Date.now() / 1000)
      const known = previous === undefined ? Option.none() : tokens.read(previous, nowSeconds)
      const session = Option.match(known, {
        onNone: () => randomBytes(16).toString("base64url"),
        onSome: ({ sub }) => sub
      })
      const exp = nowSeconds + tokenSeconds
      return {
        url,
        token: tokens.sign({ aud: account, sub: session, bucket, exp }),
        expiresAt: new Date(exp * 1000).toISOString(),
        lifetimeSeconds: tokenSeconds,
        view,
        stream: bucketStream(bucket),
        stored: entryPrefix(bucket),
        changes: rowChangesPrefix(board, bucket),
        inboxPrefix: sessionInbox(session)
      }
    }
  }
})
