import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { connect } from "@nats-io/transport-node"
import { Effect } from "effect"
import { startApp } from "#test/support/startApp.ts"
import { startedApp } from "#test/support/startedApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

/** Each start takes some seconds on a busy machine. */
const timeoutMillis = 120_000

describe("A hotel that is killed", () => {
  it.live(
    "starts again without an error, and adds the rest of its first rooms",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = yield* temporaryFolder
        const ROOMS = "1-3000"
        const first = yield* startedApp({ DATA_DIR, ROOMS })
        const [, port = ""] = (yield* first.says(/nats-server \S+ on port (\d+)/u)) ?? []
        yield* Effect.promise(async () => {
          const viewer = await connect({ servers: `127.0.0.1:${port}`, reconnect: false })
          const added = async () => {
            const answer = await viewer.request("$JS.API.STREAM.INFO.hotel")
            return answer.json<{ readonly state?: { readonly messages: number } }>().state?.messages ?? 0
          }
          while ((await added()) < 50);
          process.kill(first.pid, "SIGKILL")
          await viewer.close()
        })
        yield* first.ended
        assert.notInclude(first.output(), "rooms to begin with")
        const again = yield* startApp({ DATA_DIR, ROOMS })
        assert.include(again.output(), "3000 rooms to begin with")
        assert.notInclude(again.output(), "✗")
        const rooms = () =>
          Effect.promise(async () => {
            const nats = await connect(again.operator)
            const answer = await nats.request("$JS.API.STREAM.INFO.hotel")
            await nats.close()
            return answer.json<{ readonly state: { readonly messages: number } }>().state.messages
          })
        assert.strictEqual(yield* rooms(), 3000)
        assert.isFalse(existsSync(join(DATA_DIR, "rooms-to-begin-with.json")))
        yield* again.end("SIGTERM")
        const third = yield* startApp({ DATA_DIR, ROOMS: "1-3001" })
        assert.notInclude(third.output(), "rooms to begin with")
      }).pipe(Effect.scoped),
    timeoutMillis
  )

  it.live(
    "does not add rooms to another log",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = yield* temporaryFolder
        const app = yield* startApp({ DATA_DIR, ROOMS: "1" })
        yield* app.end("SIGTERM")
        writeFileSync(join(DATA_DIR, "rooms-to-begin-with.json"), JSON.stringify({ log: "another", rooms: [1, 2, 3] }))
        const again = yield* startApp({ DATA_DIR, ROOMS: "1" })
        assert.notInclude(again.output(), "rooms to begin with")
        assert.include(readFileSync(join(DATA_DIR, "nats-server.pid"), "utf8"), "\n")
      }).pipe(Effect.scoped),
    timeoutMillis
  )
})
