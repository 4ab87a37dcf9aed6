import { readFileSync } from "node:fs"
import type { Authenticator } from "@nats-io/transport-node"
import { Data, Effect, Option, Redacted } from "effect"
import { Board } from "#domain/model/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { sharedRows } from "#layers/buckets/rowSubjects.ts"
import { listeningHost } from "#layers/http/checks/hosts.ts"
import { makeRenewingAuthenticator, parseNkey } from "#layers/nats/connection/keyFiles.ts"
import { type Issuer, makeIssuer, newIssuerSeed } from "#layers/nats/live/issuer.ts"
import { type BrowserAccess, browserAccount } from "#nats-server/browserAccess.ts"
import type { Settings } from "../settings.ts"

/** Settings of live rows contradict others, or lack something. The reason repeats no secret. */
export class BadLiveSettings extends Data.TaggedError("BadLiveSettings")<{ readonly reason: string }> {
  override get message() {
    return `${this.reason}.`
  }
}

/** How browsers read rows over WebSocket. */
export interface LivePlan {
  readonly issuer: Issuer
  /** Where browsers connect. */
  readonly url: string
  readonly account: string
  readonly tokenSeconds: number
  /** For the configuration of the app's own server. */
  readonly access?: BrowserAccess
  /** The user whom the server asks, if it is not the app's. */
  readonly callout?: Authenticator
}

const bad = (reason: string) => Effect.fail(new BadLiveSettings({ reason }))

/** Origins of the app's pages. A wildcard in ALLOWED_HOSTS names no origin. */
const originsOf = ({ allowedHosts, host, port }: Settings): ReadonlyArray<string> => [
  ...new Set([
    ...["localhost", "127.0.0.1", "[::1]", ...listeningHost(host).map(({ name }) => name)].map(
      (name) => `http://${name}:${port}`
    ),
    ...allowedHosts
      .filter(({ name }) => !name.startsWith("*."))
      .map(
        ({ isSecure, name, port }) => `${isSecure ? "https" : "http"}://${name}${port === undefined ? "" : `:${port}`}`
      )
  ])
]

const ownServerPlan = (board: Board.Any, settings: Settings): Effect.Effect<LivePlan, BadLiveSettings> => {
  const { maxConnections, port, tokenSeconds, url } = settings.live
  if (settings.port === 0) {
    return bad(
      "LIVE is set, and PORT is 0. The app's nats-server admits browsers by the address of their page, so the port has to be known: set PORT"
    )
  }
  const issuer = makeIssuer(newIssuerSeed())
  return Effect.succeed({
    issuer,
    url: Option.getOrElse(url, () => `ws://127.0.0.1:${port}`),
    account: browserAccount,
    tokenSeconds,
    access: {
      port,
      origins: originsOf(settings),
      issuer: issuer.publicKey,
      ...sharedRows(board, Board.views(board).map(bucketOf)),
      maxConnections
    }
  })
}

/** Reads a secret that is a seed or names its file. */
const secretOf = <A>(
  name: string,
  value: Redacted.Redacted,
  parse: (text: string) => A | undefined,
  expected: string
) =>
  Effect.try({ try: () => parse(Redacted.value(value)), catch: () => undefined }).pipe(
    Effect.mapError(
      () => new BadLiveSettings({ reason: `${name} is neither the ${expected} nor a file that holds one` })
    ),
    Effect.flatMap((found) =>
      found === undefined ? bad(`The file that ${name} names holds no ${expected}`) : Effect.succeed(found)
    )
  )

const issuerIn = (text: string) => {
  const [seed] = /\bSA[A-Z2-7]{56}\b/u.exec(text) ?? []
  return seed === undefined ? undefined : makeIssuer(seed)
}

const namedServerPlan = Effect.fnUntraced(function* ({ live }: Settings) {
  const { account, callout, issuer, tokenSeconds, url } = live
  if (Option.isNone(url) || Option.isNone(issuer) || Option.isNone(account)) {
    const missing = Object.entries({
      NATS_WEBSOCKET_URL: url,
      NATS_BROWSER_ISSUER: issuer,
      NATS_BROWSER_ACCOUNT: account
    })
      .filter(([, value]) => Option.isNone(value as Option.Option<unknown>))
      .map(([name]) => name)
    return yield* bad(
      `LIVE is set with NATS_URL, which also needs ${missing.join(" and ")}: docs/live.md says how to configure that server`
    )
  }
  const plan: LivePlan = {
    issuer: yield* secretOf(
      "NATS_BROWSER_ISSUER",
      issuer.value,
      (text) => issuerIn(text) ?? issuerIn(readFileSync(text, "utf8")),
      "seed of an account (SA…)"
    ),
    url: url.value,
    account: account.value,
    tokenSeconds
  }
  if (Option.isNone(callout)) return plan
  const authenticator = yield* secretOf(
    "NATS_CALLOUT_NKEY",
    callout.value,
    (text) => parseNkey(text) ?? makeRenewingAuthenticator(text, parseNkey),
    "seed of a user (SU…)"
  )
  return { ...plan, callout: authenticator }
})

/** How browsers read rows, by the settings; `undefined` if LIVE is not set. */
export const livePlan = (
  board: Board.Any,
  settings: Settings
): Effect.Effect<LivePlan | undefined, BadLiveSettings> => {
  if (!settings.live.isOn) return Effect.undefined
  if (settings.eventLog === "memory")
    return bad("LIVE is set, and EVENT_LOG is memory: browsers read rows from NATS. Leave one of them out")
  return Option.isSome(settings.nats) ? namedServerPlan(settings) : ownServerPlan(board, settings)
}
