import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { commandsRunBy, differenceOf } from "#test/support/documentedCommands.ts"
import { startApp } from "#test/support/startApp.ts"
import { hasTerminal, typed } from "#test/support/terminal.ts"
import { testServer } from "#test/support/testServer.ts"

const hasCli = hasTerminal && spawnSync("nats", ["--version"]).status === 0
const [, extraConfig = ""] = /^```conf\n(.*?)^```$/msu.exec(readFileSync("docs/debugging.md", "utf8")) ?? []

describe.skipIf(!hasCli)(
  "A server of your own with the documented system account (skipped without nats and script)",
  () => {
    it.live(
      "takes the app without credentials as before, and shows operators its connections",
      () =>
        Effect.gen(function* () {
          const server = yield* testServer({ extraConfig })
          const { url } = yield* startApp({ NATS_URL: server.url })
          yield* Effect.promise(() => fetch(`${url}/health/ready`)).pipe(
            Effect.repeat({ until: ({ status }) => status === 200, schedule: Schedule.spaced("50 millis") })
          )
          for (const { expected, text, where } of commandsRunBy("systemAccount.test.ts")) {
            const line = text.replaceAll("127.0.0.1:4222", new URL(server.url).host)
            const { code, output } = yield* typed(line)
            assert.strictEqual(code, 0, `${where}: ${line}\n${output}`)
            assert.isUndefined(differenceOf(expected!, output), `${where}: ${line}\n${output}`)
            const denied = yield* typed(line.replace("ops:secret@", ""))
            assert.notStrictEqual(denied.code, 0, `${where} without the user\n${denied.output}`)
          }
        }).pipe(Effect.scoped),
      60_000
    )
  }
)
