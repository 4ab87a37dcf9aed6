import { existsSync } from "node:fs"
import { Config, Data, Effect, Option, Schema } from "effect"
import { developmentIssuer } from "#layers/access/developmentIssuer.ts"
import { issuerKeys } from "#layers/access/issuerKeys.ts"
import { safeAlgorithms, tokenAuthenticator } from "#layers/access/tokenAuthenticator.ts"
import { isExposed } from "#layers/http/checks/hosts.ts"
import type { Authentication } from "#layers/http/session/sessionRoutes.ts"
import { entriesOf, listed, nonBlankText } from "./settingText.ts"

/** Settings of access contradict each other, or would let everyone in. */
export class BadAccessSettings extends Data.TaggedError("BadAccessSettings")<{ readonly reason: string }> {
  override get message() {
    return `${this.reason}.`
  }
}

/** Where the keys of the issuer are: a file, or an address over TLS. Traffic on loopback does not leave the machine. */
const KeySource = Schema.String.check(
  Schema.makeFilter((source) => {
    if (!/^[a-z]+:\/\//iu.test(source))
      return existsSync(source) || "Expected the address of a JWKS document, https://…, or a file that exists"
    const url = URL.parse(source)
    const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && !isExposed(url.hostname))
    return isSafe || "Expected an address that begins with https://: over http:// anyone could send other keys"
  })
)

const Algorithms = Schema.String.check(
  Schema.makeFilter(
    (list) =>
      entriesOf(list).every((word) => safeAlgorithms.some((name) => name === word)) ||
      `Expected some of ${safeAlgorithms.join(", ")}`
  )
)

const nonBlank = nonBlankText("some text")

const tokenVariables = {
  AUTH_ISSUER: Config.option(Config.schema(nonBlank, "AUTH_ISSUER")),
  AUTH_AUDIENCE: Config.option(Config.schema(nonBlank, "AUTH_AUDIENCE")),
  AUTH_KEYS: Config.option(Config.schema(KeySource, "AUTH_KEYS")),
  AUTH_ALGORITHMS: Config.option(Config.schema(Algorithms, "AUTH_ALGORITHMS")),
  AUTH_TOKEN_TYPES: Config.option(Config.schema(nonBlank, "AUTH_TOKEN_TYPES")),
  AUTH_ROLES_CLAIM: Config.option(Config.schema(nonBlank, "AUTH_ROLES_CLAIM"))
} as const

/** Who may use the app, and how they prove it. */
export const accessSettings = Config.all({
  mode: Config.option(Config.Literals(["none", "development", "tokens"], "AUTH")),
  tokens: Config.all(tokenVariables)
})

type AccessConfig = Config.Success<typeof accessSettings>

const bad = (reason: string) => new BadAccessSettings({ reason })

const required = ["AUTH_ISSUER", "AUTH_AUDIENCE", "AUTH_KEYS"] as const

const tokenAuthentication = (tokens: AccessConfig["tokens"]) =>
  Effect.gen(function* () {
    const missing = required.filter((name) => Option.isNone(tokens[name]))
    if (missing.length > 0) return yield* bad(`AUTH=tokens needs ${listed(missing)}: docs/access.md has an example`)
    const [issuer, audience, keys] = required.map((name) => Option.getOrThrow(tokens[name])) as [string, string, string]
    const algorithms = Option.match(tokens.AUTH_ALGORITHMS, { onNone: () => safeAlgorithms, onSome: entriesOf })
    const types = Option.match(tokens.AUTH_TOKEN_TYPES, { onNone: () => ["at+jwt", "jwt"], onSome: entriesOf })
    const rules = {
      issuer,
      audience,
      algorithms,
      types: types.map((type) => type.toLowerCase()),
      rolesClaim: Option.getOrElse(tokens.AUTH_ROLES_CLAIM, () => "roles")
    }
    return tokenAuthenticator(rules, issuerKeys(keys))
  })

interface Exposure {
  readonly host: string
  /** The folder with the key of the development issuer. */
  readonly dataDir: string
  /** The name of the board, for which tokens of the development issuer are. */
  readonly board: string
}

/** How callers authenticate, as the settings say; undefined for `none`, the default on loopback. */
export const authenticationOf = Effect.fnUntraced(function* (
  { mode, tokens }: AccessConfig,
  { board, dataDir, host }: Exposure
) {
  const chosen = Option.getOrUndefined(mode)
  const unused = Object.keys(tokens).filter((name) => Option.isSome(tokens[name as keyof typeof tokens]))
  if (chosen !== "tokens" && unused.length > 0)
    return yield* bad(`${listed(unused)} ${unused.length > 1 ? "need" : "needs"} AUTH=tokens`)
  if (chosen === undefined && isExposed(host)) {
    return yield* bad(
      `HOST is ${host}, which other machines can reach, and AUTH is not set. Set AUTH=tokens and ${listed(required)} ` +
        "(docs/access.md), or AUTH=none if something in front of the app lets only the right people in"
    )
  }
  if (chosen === "development" && isExposed(host))
    return yield* bad(`AUTH=development gives everyone any role, so HOST has to be on loopback, not ${host}`)
  const authentication: Authentication | undefined =
    chosen === "tokens"
      ? yield* tokenAuthentication(tokens)
      : chosen === "development"
        ? yield* developmentIssuer(dataDir, board)
        : undefined
  return authentication
})
