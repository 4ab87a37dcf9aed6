import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { settings } from "#app/settings.ts"
import { type NotStarted, startApp } from "#test/support/startApp.ts"

const names = Array.from(
  readFileSync("src/app/settings.ts", "utf8").matchAll(/"([A-Z]+(?:_[A-Z]+)*)"/gu),
  ([, name]) => name!
)

/** Settings for which an empty value means none. */
const meaningful: Readonly<Record<string, object>> = { ALLOWED_HOSTS: { allowedHosts: [] } }

const asSet = (env: Readonly<Record<string, string>>) =>
  settings.pipe(
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: { ...env }, preserveEmptyStrings: true })
    )
  )

describe("A setting that is empty", () => {
  for (const name of names) {
    const means = meaningful[name]
    it.effect(`${name} ${means ? "means none" : "is rejected, by name"}`, () =>
      Effect.gen(function* () {
        if (means) return assert.deepInclude(yield* asSet({ [name]: "" }), means)
        const { message } = yield* Effect.flip(asSet({ [name]: "" }))
        assert.match(message, new RegExp(`^${name} is set to "".*Expected .*Set it so, or leave it out\\.$`, "u"))
      })
    )
  }

  it.effect("is rejected also if it is blank", () =>
    Effect.gen(function* () {
      for (const name of ["HOST", "DATA_DIR", "PORT", "LOG_LEVEL"]) {
        assert.include((yield* Effect.flip(asSet({ [name]: " " }))).message, `${name} is set to " "`)
      }
    })
  )

  it.live(
    "is handled alike by npm start and the tools",
    () =>
      Effect.gen(function* () {
        const { output } = (yield* startApp({ DATA_DIR: "" }).pipe(Effect.scoped, Effect.flip)) as NotStarted
        assert.include(output, 'DATA_DIR is set to ""')

        const tool = yield* Effect.callback<string>((resume) => {
          const env = { ...process.env, DATA_DIR: "" }
          execFile(
            process.execPath,
            ["scripts/node.cjs", "src/app/tools/logTool.ts", "check"],
            { env },
            (_, out, err) => resume(Effect.succeed(out + err))
          )
        })
        assert.include(tool, 'DATA_DIR is set to ""')
      }).pipe(Effect.scoped),
    60_000
  )
})
