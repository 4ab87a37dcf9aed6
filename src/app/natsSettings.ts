import { createPrivateKey, X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { Config, Data, Effect, Option, Redacted, Result, Schema } from "effect"
import { parseCreds, parseNkey, makeRenewingAuthenticator } from "#layers/nats/connection/keyFiles.ts"
import { parseServers, readServers, type ServerAddress, type TlsFiles } from "#layers/nats/connection/serverAddress.ts"
import { listed } from "./settingText.ts"

// The names are those of the NATS CLI, so that one environment serves both. NATS_TLS_FIRST is the app's own: the CLI has a flag.

/** Settings of NATS contradict each other, or cannot be used. The reason repeats no value, since it may be a secret. */
export class BadNatsSettings extends Data.TaggedError("BadNatsSettings")<{ readonly reason: string }> {
  override get message() {
    return `${this.reason}.`
  }
}

const Servers = Schema.String.check(
  Schema.makeFilter((text) =>
    Result.match(readServers(text), { onFailure: (problem) => problem, onSuccess: () => true })
  )
)

/** A subject without wildcards. */
const InboxPrefix = Schema.String.check(
  Schema.isPattern(/^[\w-]+(?:\.[\w-]+)*$/u, {
    message: "Expected letters, digits, _ and -, such as _INBOX_service, with single dots between them"
  })
)

const secret = (name: string) => Config.option(Config.Redacted(name))

const natsVariables = {
  /** The servers of a cluster, comma-separated; without it, the app starts its own server. */
  NATS_URL: Config.option(Config.schema(Servers, "NATS_URL").pipe(Config.map(parseServers))),
  NATS_USER: secret("NATS_USER"),
  NATS_PASSWORD: secret("NATS_PASSWORD"),
  NATS_TOKEN: secret("NATS_TOKEN"),
  /** A file with the seed of a user's nkey, or the seed. */
  NATS_NKEY: secret("NATS_NKEY"),
  /** A file with a user's JWT and seed. */
  NATS_CREDS: secret("NATS_CREDS"),
  NATS_CA: secret("NATS_CA"),
  NATS_CERT: secret("NATS_CERT"),
  NATS_KEY: secret("NATS_KEY"),
  NATS_TLS_FIRST: Config.option(Config.Boolean("NATS_TLS_FIRST")).pipe(Config.map(Option.filter((first) => first))),
  /** What the subjects of answers begin with, for a user who may subscribe to no others. */
  NATS_INBOX_PREFIX: Config.option(Config.schema(InboxPrefix, "NATS_INBOX_PREFIX"))
} as const

export const natsSettings = Config.all(natsVariables)

type NatsConfig = Config.Success<typeof natsSettings>
type Name = keyof NatsConfig

const publicVariables: ReadonlyArray<string> = ["NATS_TLS_FIRST", "NATS_INBOX_PREFIX"] satisfies ReadonlyArray<Name>

/** Whether the value of a setting must not appear in a message. */
export const isSecret = (name: string): boolean => name in natsVariables && !publicVariables.includes(name)

const invalidSettings = (reason: string) => new BadNatsSettings({ reason })

const valueOf = (
  config: NatsConfig,
  name: Exclude<Name, "NATS_URL" | "NATS_TLS_FIRST" | "NATS_INBOX_PREFIX">
): string | undefined => Option.getOrUndefined(Option.map(config[name], Redacted.value))

/** Why the settings contradict each other, by their names; `undefined` if they do not. */
const contradiction = (config: NatsConfig): string | undefined => {
  const isSet = (name: Name) => Option.isSome<unknown>(config[name])
  const others = (Object.keys(natsVariables) as Array<Name>).filter((name) => name !== "NATS_URL" && isSet(name))
  if (!isSet("NATS_URL") && others.length > 0) {
    return (
      `${listed(others)} ${others.length > 1 ? "are" : "is"} set without NATS_URL, and the server that the app starts ` +
      `by itself has credentials of its own. Name the server in NATS_URL, or leave ${others.length > 1 ? "them" : "it"} out`
    )
  }
  const inUrl = Option.exists(config.NATS_URL, ({ credentials }) => credentials !== undefined)
  const credentialSources = [
    ...(inUrl ? ["NATS_URL"] : []),
    ...(isSet("NATS_USER") || isSet("NATS_PASSWORD") ? ["NATS_USER with NATS_PASSWORD"] : []),
    ...(["NATS_TOKEN", "NATS_NKEY", "NATS_CREDS"] as const).filter(isSet)
  ]
  if (credentialSources.length > 1)
    return `${listed(credentialSources)} name credentials, and only one of them can be used. Leave the others out`
  if (isSet("NATS_USER") !== isSet("NATS_PASSWORD")) {
    return "NATS_USER and NATS_PASSWORD need each other, and only one of them is set. A token is set as NATS_TOKEN"
  }
  if (isSet("NATS_CERT") !== isSet("NATS_KEY"))
    return "NATS_CERT and NATS_KEY need each other, and only one of them is set"
  return undefined
}

const errnoMeanings: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENAMETOOLONG: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a folder"
}

const unreadable = (name: Name) => (error: unknown) => {
  const { code = "an error" } = error as NodeJS.ErrnoException
  return invalidSettings(`The file that ${name} names cannot be read: ${errnoMeanings[code] ?? code}`)
}

/** Reads a file with `read`, which returns `undefined` if the file does not contain what is `expected`. */
const readFromFile = <A>(name: Name, read: () => A | undefined, expected: string) =>
  Effect.try({ try: read, catch: unreadable(name) }).pipe(
    Effect.flatMap((found) =>
      found === undefined
        ? Effect.fail(invalidSettings(`The file that ${name} names holds no ${expected}`))
        : Effect.succeed(found)
    )
  )

const credentialsOf = Effect.fnUntraced(function* (config: NatsConfig) {
  const [user, password, token] = (["NATS_USER", "NATS_PASSWORD", "NATS_TOKEN"] as const).map((name) =>
    valueOf(config, name)
  )
  if (user !== undefined && password !== undefined) return { user, password: Redacted.make(password) }
  if (token !== undefined) return { user: "", password: Redacted.make(token) }
  const nkey = valueOf(config, "NATS_NKEY")
  if (nkey !== undefined) {
    return (
      parseNkey(nkey) ??
      (yield* readFromFile("NATS_NKEY", () => makeRenewingAuthenticator(nkey, parseNkey), "seed of a user (SU…)"))
    )
  }
  const creds = valueOf(config, "NATS_CREDS")
  if (creds !== undefined) {
    return yield* readFromFile(
      "NATS_CREDS",
      () => makeRenewingAuthenticator(creds, parseCreds),
      "JWT with a seed, such as nsc writes"
    )
  }
  return Option.getOrUndefined(config.NATS_URL)?.credentials
})

const tryParse = <A>(parse: () => A): A | undefined => {
  try {
    return parse()
  } catch {
    return undefined
  }
}

const tlsOf = Effect.fnUntraced(function* (config: NatsConfig) {
  const [ca, cert, key] = (["NATS_CA", "NATS_CERT", "NATS_KEY"] as const).map((name) => valueOf(config, name))
  const first = Option.isSome(config.NATS_TLS_FIRST)
  if (ca === undefined && cert === undefined && !first) return undefined
  const certificate = (name: Name, path: string) =>
    readFromFile(
      name,
      () => ((pem) => tryParse(() => new X509Certificate(pem)))(readFileSync(path)),
      "certificate in PEM form"
    )
  if (ca !== undefined) yield* certificate("NATS_CA", ca)
  if (cert !== undefined && key !== undefined) {
    const read = () => ((pem) => tryParse(() => createPrivateKey(pem)))(readFileSync(key))
    const own = yield* certificate("NATS_CERT", cert)
    const pair = yield* readFromFile("NATS_KEY", read, "private key in PEM form without a passphrase")
    if (!own.checkPrivateKey(pair))
      return yield* invalidSettings("NATS_KEY is not the key of the certificate in NATS_CERT")
  }
  return { ca, cert, key, first } satisfies TlsFiles
})

/** Address, credentials and TLS of NATS; none if the app starts its own server. */
export const natsAddress = Effect.fnUntraced(function* (
  config: NatsConfig
): Effect.fn.Return<Option.Option<ServerAddress>, BadNatsSettings> {
  const problem = contradiction(config)
  if (problem !== undefined) return yield* invalidSettings(problem)
  if (Option.isNone(config.NATS_URL)) return Option.none()
  const { servers } = config.NATS_URL.value
  const inboxPrefix = Option.getOrUndefined(config.NATS_INBOX_PREFIX)
  return Option.some({
    servers,
    credentials: yield* credentialsOf(config),
    tls: yield* tlsOf(config),
    ...(inboxPrefix !== undefined && { inboxPrefix })
  })
})
