import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { settings } from "#app/settings.ts"
import { telemetryOptions } from "#app/telemetrySettings.ts"

const names = Array.from(
  readFileSync("src/app/telemetrySettings.ts", "utf8").matchAll(/"([A-Z]+(?:_[A-Z]+)*)"/gu),
  ([, name]) => name!
)

const asSet = (env: Readonly<Record<string, string>>) =>
  settings.pipe(
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: { ...env }, preserveEmptyStrings: true })
    )
  )

const optionsOf = (env: Readonly<Record<string, string>>) =>
  Effect.map(asSet(env), ({ app, telemetry }) => telemetryOptions(telemetry, app.board))

const OTEL_EXPORTER_OTLP_ENDPOINT = "http://localhost:4318"

describe("The settings of telemetry", () => {
  it.effect("measure and export nothing by default", () =>
    Effect.gen(function* () {
      const { metrics, otlp } = yield* optionsOf({})
      assert.isTrue(metrics)
      assert.isUndefined(otlp)
      assert.isFalse((yield* optionsOf({ METRICS: "false" })).metrics)
    })
  )

  it.effect("export under the name of the board, and twenty traces a second, to OTEL_EXPORTER_OTLP_ENDPOINT", () =>
    Effect.gen(function* () {
      const byDefault = yield* optionsOf({ OTEL_EXPORTER_OTLP_ENDPOINT })
      const { app } = yield* asSet({})
      assert.deepStrictEqual(byDefault.otlp, {
        endpoint: OTEL_EXPORTER_OTLP_ENDPOINT,
        protocol: "http/json",
        headers: {},
        serviceName: app.board.name,
        sampling: { ratio: 1, perSecond: 20 }
      })
      const set = yield* optionsOf({
        OTEL_EXPORTER_OTLP_ENDPOINT,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
        OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20x, x-tenant=7",
        OTEL_SERVICE_NAME: "front-desk",
        OTEL_TRACES_SAMPLER_ARG: "0.1",
        TRACES_PER_SECOND: "300"
      })
      assert.deepStrictEqual(set.otlp, {
        endpoint: OTEL_EXPORTER_OTLP_ENDPOINT,
        protocol: "http/protobuf",
        headers: { authorization: "Bearer x", "x-tenant": "7" },
        serviceName: "front-desk",
        sampling: { ratio: 0.1, perSecond: 300 }
      })
    })
  )

  it.effect("are pretty or JSON as LOG_FORMAT says, and JSON where no terminal is", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* optionsOf({ LOG_FORMAT: "pretty" })).logFormat, "pretty")
      assert.strictEqual((yield* optionsOf({ LOG_FORMAT: "json" })).logFormat, "json")
      assert.strictEqual((yield* optionsOf({})).logFormat, process.stdout.isTTY ? "pretty" : "json")
    })
  )

  for (const name of new Set(names)) {
    it.effect(`reject ${name} if it is empty, by name`, () =>
      Effect.gen(function* () {
        assert.include((yield* Effect.flip(asSet({ [name]: "" }))).message, name)
      })
    )
  }

  const invalid: ReadonlyArray<readonly [name: string, value: string]> = [
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"],
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
    ["OTEL_TRACES_SAMPLER_ARG", "2"],
    ["OTEL_TRACES_SAMPLER_ARG", "most"],
    ["TRACES_PER_SECOND", "0"],
    ["TRACES_PER_SECOND", "1.5"],
    ["OTEL_RESOURCE_ATTRIBUTES", "zone"],
    ["OTEL_RESOURCE_ATTRIBUTES", "zone=%zz"],
    ["LOG_FORMAT", "xml"]
  ]
  for (const [name, value] of invalid) {
    it.effect(`reject ${name}=${value}`, () =>
      Effect.gen(function* () {
        assert.include((yield* Effect.flip(asSet({ [name]: value }))).message, `${name} is set to "${value}"`)
      })
    )
  }

  it.effect("do not print the headers, which may be secret", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(asSet({ OTEL_EXPORTER_OTLP_HEADERS: "a secret" }))
      assert.include(message, "OTEL_EXPORTER_OTLP_HEADERS cannot be used")
      assert.notInclude(message, "a secret")
    })
  )
})
