import { execFile, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { commandsRunBy } from "#test/support/documentedCommands.ts"
import { connected } from "#test/support/natsRequests.ts"
import { startApp } from "#test/support/startApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const hasCli = process.platform === "linux" && spawnSync("nats", ["--version"]).status === 0

const text = readFileSync("docs/messaging.md", "utf8")

const documented = Array.from(text.matchAll(/^```sh\n(.*?)^```$/gmsu), ([, block = ""]) =>
  block.trim().split("\n")
).flat()

/** What each command of the document prints. */
const expected: ReadonlyArray<RegExp> = [
  /"type":"RoomBooked"/u,
  /"type":"RoomCleanedUp"/u,
  /"type":"GuestCheckedIn"/u,
  /^\{"facts":\[\{"type":"RoomBooked","data"/mu,
  /hotel.*1\.0\.0/u,
  /cmd\.hotel\.BookRoom/u,
  /BookRoom/u
]

const run = (line: string, url?: string) =>
  Effect.callback<string>((resume) => {
    const env = { ...process.env, ...(url && { NATS_URL: url }) }
    execFile("sh", ["-c", line], { env, timeout: 15_000 }, (_, stdout, stderr) =>
      resume(Effect.succeed(stdout + stderr))
    )
  })

const book = (room: number) => JSON.stringify({ data: { room: { id: room }, client: { id: 1 }, date: "2022-12-12" } })

it("docs/messaging.md quotes code that exists", () => {
  const source = readFileSync("test/boards/lendingBoard.ts", "utf8")
  const blocks = Array.from(text.matchAll(/^```ts\n(.*?)^```$/gmsu), ([, block = ""]) => block)
  assert.isNotEmpty(blocks)
  for (const block of blocks) assert.include(source, block)
})

describe("An app with its own server", () => {
  it.live.skipIf(!hasCli)(
    "takes commands as docs/messaging.md shows them, from clients with its credentials only (needs nats)",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = join(yield* temporaryFolder, "data")
        const app = yield* startApp({ DATA_DIR, ROOMS: "1-3" })
        assert.match(app.output(), /^ {2}NATS requests +cmd\.hotel\.<command>/mu)
        assert.strictEqual(documented.length, expected.length)
        const context = join(DATA_DIR, "nats-context.json")
        for (const [n, line] of documented.entries())
          assert.match(yield* run(line.replace(".data/nats-context.json", context)), expected[n]!, line)
        const denied = [`nats request cmd.hotel.BookRoom '${book(3)}'`, `nats publish cmd.hotel.BookRoom '${book(3)}'`]
        for (const line of denied) assert.match(yield* run(line, app.nats), /permissions violation/iu, line)
        const row = yield* Effect.promise(async () => (await fetch(`${app.url}/rooms/3/nights/2022-12-12`)).json())
        assert.strictEqual((row as { readonly availability: string }).availability, "free")
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "takes commands with its credentials, and none from a client without them or with NATS_COMMANDS=false",
    () =>
      Effect.gen(function* () {
        const ask = (settings: Readonly<Record<string, string>>) =>
          Effect.gen(function* () {
            const app = yield* startApp({ DATA_DIR: join(yield* temporaryFolder, "data"), ROOMS: "1", ...settings })
            const viewer = yield* connected({ servers: app.nats! })
            const denied = yield* Effect.promise(() =>
              viewer.request("cmd.hotel.BookRoom", book(1), { timeout: 1_000 }).catch(String)
            )
            assert.match(String(denied), /permission/iu)
            const nats = yield* connected(app.operator)
            return yield* Effect.result(
              Effect.tryPromise(() => nats.request("cmd.hotel.BookRoom", book(1), { timeout: 5_000 }))
            )
          }).pipe(Effect.scoped)
        const answered = yield* ask({})
        assert.isTrue(answered._tag === "Success" && answered.success.string().includes('"type":"RoomBooked"'))
        const off = yield* ask({ NATS_COMMANDS: "false" })
        assert.isTrue(off._tag === "Failure" && /no responders/u.test(String(off.failure.cause)))
      }),
    60_000
  )
})

// The commands that this test runs are marked as such in the documentation.
it("runs commands that the documentation names", () => {
  assert.isNotEmpty(commandsRunBy("natsRequests.test.ts"))
})
