import { Config, Data, Effect, Option, Schema, SchemaIssue } from "effect"
import { type AllowedHost, allowedHostOf } from "#layers/http/checks/hosts.ts"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"
import { boards, defaultBoard, fileSuffix } from "../boards.ts"
import { accessSettings } from "./accessSettings.ts"
import type { BoardApp } from "./BoardApp.ts"
import { isLiveSecret, liveSettings } from "./live/liveSettings.ts"
import { isSecret, natsAddress, natsSettings } from "./natsSettings.ts"
import { entriesOf, nonBlankText } from "./settingText.ts"
import { isTelemetrySecret, telemetrySettings } from "./telemetrySettings.ts"
import { wholeNumber } from "./wholeNumber.ts"

const Port = wholeNumber(0, 65_535)

/** `hotel.example, https://hotel.example, *.example.org:8080` */
const Hosts = Schema.String.check(
  Schema.makeFilter((list) => {
    const invalidHost = entriesOf(list).find((entry) => entry !== "" && allowedHostOf(entry) === undefined)
    return (
      invalidHost === undefined ||
      `Expected hosts such as hotel.example, *.example.org:8080 or https://hotel.example, not ${invalidHost}`
    )
  })
)

const hostsIn = (list: string): ReadonlyArray<AllowedHost> =>
  entriesOf(list).flatMap((entry) => allowedHostOf(entry) ?? [])

const boardNames = Object.keys(boards)

const BoardName = Schema.String.check(
  Schema.makeFilter((name) => boardNames.includes(name) || `Expected one of the boards: ${boardNames.join(", ")}`)
)

const levels = { trace: "Trace", debug: "Debug", info: "Info", warn: "Warn", error: "Error", none: "None" } as const

const configuration = Config.all({
  port: Config.schema(Port, "PORT").pipe(Config.withDefault(3000)),
  host: Config.schema(nonBlankText("a host name or an address such as 127.0.0.1"), "HOST").pipe(
    Config.withDefault("127.0.0.1")
  ),
  /** Hosts that HTTP accepts, besides loopback and `host`. */
  allowedHosts: Config.schema(Hosts, "ALLOWED_HOSTS").pipe(Config.withDefault(""), Config.map(hostsIn)),
  /** Concurrent HTTP connections, requests on one connection, and seconds for which a client may accept no bytes. */
  maxConnections: Config.schema(wholeNumber(1, 1_000_000), "MAX_CONNECTIONS").pipe(Config.withDefault(2_000)),
  maxConnectionsPerAddress: Config.schema(wholeNumber(1, 1_000_000), "CONNECTIONS_PER_ADDRESS").pipe(
    Config.withDefault(500)
  ),
  /** Requests a minute of one caller, and of all callers. */
  requestsPerMinute: Config.all({
    perCaller: Config.schema(wholeNumber(1, 100_000_000), "REQUESTS_PER_MINUTE").pipe(Config.withDefault(60_000)),
    total: Config.schema(wholeNumber(1, 999_999_999), "REQUESTS_PER_MINUTE_IN_TOTAL").pipe(
      Config.withDefault(1_000_000)
    )
  }),
  maxRequests: Config.schema(wholeNumber(1, 999_999_999), "MAX_REQUESTS_PER_CONNECTION").pipe(
    Config.withDefault(10_000)
  ),
  writeTimeoutSeconds: Config.schema(wholeNumber(1, 3_600), "WRITE_TIMEOUT").pipe(Config.withDefault(30)),
  /** Rejected commands a minute from one client address, and on one event stream. */
  rejectionsPerMinute: Config.schema(wholeNumber(1, 1_000_000), "REJECTIONS_PER_MINUTE").pipe(Config.withDefault(600)),
  access: accessSettings,
  nats: natsSettings,
  /** The port of the app's own server; 0 is any free port. */
  natsPort: Config.option(Config.schema(Port, "NATS_PORT")),
  /** Path of the nats-server to start; its version is checked. */
  natsServerPath: Config.option(Config.NonEmptyString("NATS_SERVER")),
  replicas: Config.Literals([1, 3, 5], "NATS_REPLICAS").pipe(Config.withDefault(1 as const)),
  /** Whether commands are taken as requests over NATS, too. */
  natsCommands: Config.Boolean("NATS_COMMANDS").pipe(Config.withDefault(true)),
  eventLog: Config.Literals(["nats", "memory"], "EVENT_LOG").pipe(Config.withDefault("nats" as const)),
  dataDir: Config.option(Config.schema(nonBlankText("the path of a folder such as .data"), "DATA_DIR")),
  /** Open server-sent event responses of one client address. */
  maxListenersPerAddress: Config.schema(wholeNumber(1, 1_000), "LISTENERS_PER_ADDRESS").pipe(Config.withDefault(200)),
  live: liveSettings,
  telemetry: telemetrySettings,
  logLevel: Config.Literals(["trace", "debug", "info", "warn", "error", "none"], "LOG_LEVEL").pipe(
    Config.withDefault("info" as const),
    Config.map((level) => levels[level])
  )
})

type Configuration = Config.Success<typeof configuration>

export interface Settings extends Omit<Configuration, "nats" | "dataDir"> {
  readonly app: BoardApp
  /** What is added to the app's own server while its log is empty. */
  readonly seeds: ReadonlyArray<unknown>
  /** Boards do not share a folder: their audits have the same name. */
  readonly dataDir: string
  /** The address to connect to; without it, the app starts its own server. */
  readonly nats: Option.Option<ServerAddress>
}

/** An environment variable has an invalid value. `value` is undefined if it may be a secret. */
export class BadSetting extends Data.TaggedError("BadSetting")<{
  readonly name: string
  readonly value: string | undefined
  readonly reason: string
}> {
  override get message() {
    const { name, reason, value } = this
    return value === undefined
      ? `${name} cannot be used: ${reason}.`
      : `${name} is set to "${value}". ${reason}. Set it so, or leave it out.`
  }
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const badSetting = Effect.fnUntraced(function* ({ cause, message }: Config.ConfigError) {
  const [issue] = cause._tag === "SchemaError" ? issuesOf(cause.issue).issues : []
  const name = String(issue?.path?.[0] ?? "A setting")
  const value = yield* Config.option(Config.String(name)).pipe(Effect.orElseSucceed(() => Option.none()))
  return yield* new BadSetting({
    name,
    value:
      isSecret(name) || isLiveSecret(name) || isTelemetrySecret(name) ? undefined : Option.getOrElse(value, () => ""),
    reason: issue?.message ?? message
  })
})

/** The app of the board that `BOARD` names, by default the hotel. */
export const chosenApp = Config.schema(BoardName, "BOARD").pipe(
  Config.withDefault(defaultBoard),
  Effect.catchTag("ConfigError", badSetting),
  Effect.flatMap((name) => Effect.promise(() => boards[name]!())),
  Effect.map(({ app }): BoardApp => app)
)

/** The settings, from environment variables. Fails with the first invalid one, by name. */
export const settings = Effect.gen(function* () {
  const app = yield* chosenApp
  const items: Config.Config<ReadonlyArray<unknown>> = app.seeds?.items ?? Config.succeed([])
  const { dataDir, nats, seeds, ...others } = yield* Config.all({ seeds: items, all: configuration }).pipe(
    Effect.map(({ all, seeds }) => ({ ...all, seeds })),
    Effect.catchTag("ConfigError", badSetting)
  )
  const address = yield* natsAddress(nats)
  return {
    ...others,
    app,
    seeds,
    dataDir: Option.getOrElse(dataDir, () => `.data${fileSuffix(app.board.name)}`),
    nats: address
  } satisfies Settings
})
