import { Config, Option, Redacted, Schema, SchemaTransformation } from "effect"
import type { Board } from "#domain/model/index.ts"
import type { TelemetryOptions } from "#layers/telemetry/telemetry.ts"
import { wholeNumber } from "./wholeNumber.ts"

// The names are those of OpenTelemetry, so that one environment serves every program of a machine; METRICS, LOG_FORMAT and
// TRACES_PER_SECOND are the app's own.

const Endpoint = Schema.String.check(
  Schema.makeFilter(
    (text) => /^https?:$/u.test(URL.parse(text)?.protocol ?? "") || "Expected an address such as http://localhost:4318"
  )
)

/** `name=value,name=value`, with percent-encoded values. */
const Pairs = Schema.String.check(
  Schema.makeFilter((text) => pairsIn(text) !== undefined || "Expected name=value, comma-separated")
)

const pairsIn = (text: string): Readonly<Record<string, string>> | undefined => {
  const pairs = text.split(",").map((pair) => /^([^=\s]+)=(.*)$/u.exec(pair.trim()))
  if (!pairs.every((pair) => pair !== null)) return undefined
  try {
    return Object.fromEntries(pairs.map(([, name, value]) => [decodeURIComponent(name!), decodeURIComponent(value!)]))
  } catch {
    return undefined
  }
}

const Ratio = Schema.String.check(
  Schema.makeFilter(
    (text) => (/^\d*\.?\d+$/u.test(text) && Number(text) <= 1) || "Expected a number from 0 to 1, such as 0.1"
  )
).pipe(Schema.decodeTo(Schema.Number, SchemaTransformation.numberFromString))

const telemetryVariables = {
  /** Whether commands, views and streams are measured, and `GET /metrics` responds. */
  METRICS: Config.Boolean("METRICS").pipe(Config.withDefault(true)),
  LOG_FORMAT: Config.Literals(["auto", "pretty", "json"], "LOG_FORMAT").pipe(Config.withDefault("auto" as const)),
  /** Where traces, metrics and logs go by OTLP over HTTP; without it, nowhere. */
  OTEL_EXPORTER_OTLP_ENDPOINT: Config.option(Config.schema(Endpoint, "OTEL_EXPORTER_OTLP_ENDPOINT")),
  /** Text costs a third of protobuf here, whose encoder is in JavaScript. */
  OTEL_EXPORTER_OTLP_PROTOCOL: Config.Literals(["http/protobuf", "http/json"], "OTEL_EXPORTER_OTLP_PROTOCOL").pipe(
    Config.withDefault("http/json" as const)
  ),
  /** Sent with each export, such as a token. */
  OTEL_EXPORTER_OTLP_HEADERS: Config.option(Config.schema(Schema.Redacted(Pairs), "OTEL_EXPORTER_OTLP_HEADERS")),
  /** By default the name of the board. */
  OTEL_SERVICE_NAME: Config.option(Config.NonEmptyString("OTEL_SERVICE_NAME")),
  /** Effect reads it itself; here it is only checked, so that a wrong one is reported by name. */
  OTEL_RESOURCE_ATTRIBUTES: Config.option(Config.schema(Pairs, "OTEL_RESOURCE_ATTRIBUTES")),
  /** The share of the traces that begin in this process that are exported, as long as they are few. */
  OTEL_TRACES_SAMPLER_ARG: Config.schema(Ratio, "OTEL_TRACES_SAMPLER_ARG").pipe(Config.withDefault(1)),
  /** The most of them in a second. */
  TRACES_PER_SECOND: Config.schema(wholeNumber(1, 1_000_000), "TRACES_PER_SECOND").pipe(Config.withDefault(20))
} as const

export const telemetrySettings = Config.all(telemetryVariables)

type TelemetryConfig = Config.Success<typeof telemetrySettings>

/** Whether the value of a setting must not appear in a message. */
export const isTelemetrySecret = (name: string): boolean => name === "OTEL_EXPORTER_OTLP_HEADERS"

const logFormatOf = (format: TelemetryConfig["LOG_FORMAT"]): TelemetryOptions["logFormat"] => {
  if (format !== "auto") return format
  return process.stdout.isTTY ? "pretty" : "json"
}

/** The telemetry of a board by these settings. */
export const telemetryOptions = (config: TelemetryConfig, board: Pick<Board.Any, "name">): TelemetryOptions => ({
  metrics: config.METRICS,
  logFormat: logFormatOf(config.LOG_FORMAT),
  otlp: Option.getOrUndefined(
    Option.map(config.OTEL_EXPORTER_OTLP_ENDPOINT, (endpoint) => ({
      endpoint,
      protocol: config.OTEL_EXPORTER_OTLP_PROTOCOL,
      headers: Option.match(config.OTEL_EXPORTER_OTLP_HEADERS, {
        onNone: () => ({}),
        onSome: (headers) => pairsIn(Redacted.value(headers)) ?? {}
      }),
      serviceName: Option.getOrElse(config.OTEL_SERVICE_NAME, () => board.name),
      sampling: { ratio: config.OTEL_TRACES_SAMPLER_ARG, perSecond: config.TRACES_PER_SECOND }
    }))
  )
})
