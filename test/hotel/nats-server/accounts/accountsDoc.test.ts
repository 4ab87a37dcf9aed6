import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { AuthorizationError, connect, nkeyAuthenticator } from "@nats-io/transport-node"
import { Effect } from "effect"
import { commandsRunBy } from "#test/support/documentedCommands.ts"
import { type Line, printed, started } from "#test/support/shellLines.ts"
import { serverBinary, temporaryFolder } from "#test/support/testServer.ts"
import { freePort } from "../../../../bench/freePort.ts"

const doc = readFileSync("docs/accounts.md", "utf8")
const commands = Array.from(doc.matchAll(/^```sh\n(.*?)^```$/gmsu), ([, block]) => block!.trimEnd().split("\n")).flat()
const hasCli = spawnSync("nats", ["--version"]).status === 0

const addRoom = (url: string, id: number) =>
  Effect.promise(async () => {
    const headers = { "content-type": "application/json" }
    const body = JSON.stringify({ data: { room: { id } } })
    return (await fetch(`${url}/mutation/add-room`, { method: "PUT", headers, body })).status
  })

describe("docs/accounts.md", () => {
  it("names the options that exist", () => {
    const tool = readFileSync("src/app/tools/natsConfigTool.ts", "utf8")
    for (const [option] of doc.matchAll(/--(?:tls|test|browser|max|allowed|websocket|force|replicas|hotels)[a-z-]*/gu))
      assert.include(tool, option)
  })

  it.live.skipIf(process.platform === "win32")(
    `has commands that work as they are written${hasCli ? "" : " (needs the nats CLI for some)"}`,
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const path = dirname(yield* serverBinary)
        const port = yield* Effect.promise(freePort)
        const placed = (line: string) =>
          line
            .replaceAll("nats-accounts", join(folder, "accounts"))
            .replace("north.backup", join(folder, "north.backup"))
            .replace(/PORT=\d+/u, "PORT=0")
            .replace(/nats-config -- .*/u, `$& --out ${join(folder, "accounts")} --listen 127.0.0.1:${port}`)
        const apps: Array<string> = []
        const key = join(folder, "accounts", "hotels", "north", "service.nk")
        const connects = (seed: string) =>
          Effect.promise(async () => {
            const authenticator = nkeyAuthenticator(() => new TextEncoder().encode(seed.trim()))
            const tls = { caFile: join(folder, "accounts", "tls", "ca.pem") }
            try {
              await (await connect({ servers: `127.0.0.1:${port}`, authenticator, tls, reconnect: false })).close()
              return "connected"
            } catch (error) {
              return error instanceof AuthorizationError ? "Authorization Violation" : String(error)
            }
          })
        let revoked = ""
        let subscriber: Line | undefined
        for (const line of commands) {
          if (line.startsWith("nats ") && !hasCli) continue
          if (line.startsWith("rm ")) revoked = readFileSync(key, "utf8")
          const running = yield* started(placed(line), path)
          if (line.startsWith("nats-server -c")) yield* printed(line, running, /Server is ready/u)
          else if (line.includes("npm start")) {
            const [, url] = yield* printed(line, running, /^ {2}API +(\S+)$[^]*Ctrl-C to stop/mu)
            apps.push(url!)
          } else if (line.includes(" sub ")) {
            subscriber = running
            yield* printed(line, running, /Subscribing on north\.booking\.>/u)
          } else {
            const code = yield* Effect.promise(() => running.code)
            assert.strictEqual(code, 0, `${line}: ${running.output()}`)
          }
        }
        assert.lengthOf(apps, 2)
        assert.isTrue(existsSync(join(folder, "north.backup")))
        // The key was rotated meanwhile; the app reconnects with the new one.
        assert.deepStrictEqual(yield* Effect.forEach(apps, (url) => addRoom(url, 1)), [201, 201])
        if (subscriber) {
          yield* Effect.promise(() =>
            fetch(`${apps[0]}/mutation/book-room`, {
              method: "PUT",
              headers: { "content-type": "application/json" },
              body: JSON.stringify({ data: { room: { id: 1 }, client: { id: 1 }, date: "2022-12-12" } })
            })
          )
          yield* printed("sub", subscriber, /Received on "north\.booking\.1\.2022-12-12\.1_2022-12-12"/u)
        }
        assert.strictEqual(yield* connects(revoked), "Authorization Violation")
        assert.strictEqual(yield* connects(readFileSync(key, "utf8")), "connected")
      }).pipe(Effect.scoped),
    180_000
  )
})

// The commands that this test runs are marked as such in the documentation.
it("runs commands that the documentation names", () => {
  assert.isNotEmpty(commandsRunBy("accountsDoc.test.ts"))
})
