import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { wsconnect } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { LiveSession } from "#layers/contract/liveSchema.ts"
import { printed, started } from "#test/support/shellLines.ts"
import { serverBinary, temporaryFolder } from "#test/support/testServer.ts"
import { freePort } from "../../../../bench/freePort.ts"

const doc = readFileSync("docs/live.md", "utf8")
const [, block = ""] = /^```sh\n(npm run nats-config .*?)^```$/msu.exec(doc) ?? []

const send = async (url: string, method: string, body: object) => {
  const headers = { "content-type": "application/json" }
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body) })
  return (await answer.json()) as Record<string, unknown>
}

/** Reads a row as a page does, and returns the subjects of the changes that it received. */
const readRow = async (url: string, session: LiveSession) => {
  const { inboxPrefix, token } = session
  const nats = await wsconnect({ servers: session.url, token, inboxPrefix, reconnect: false })
  const received: Array<string> = []
  nats.subscribe(`${session.changes}*.2026-12-24`, { callback: (_, { subject }) => void received.push(subject) })
  await nats.flush()
  await send(`${url}/mutation/add-room`, "PUT", { data: { room: { id: 1 } } })
  const data = { room: { id: 1 }, client: { id: 1 }, date: "2026-12-24" }
  const { seq } = await send(`${url}/mutation/book-room`, "PUT", { data })
  await (await fetch(`${url}/rooms/1/nights/2026-12-24?after=${String(seq)}`)).text()
  const row = await nats.request(`$JS.API.DIRECT.GET.${session.stream}.${session.stored}1.2026-12-24`)
  await nats.close()
  return { row: row.string(), received }
}

describe.skipIf(process.platform === "win32")("The commands of docs/live.md", () => {
  it.live(
    "run a server and an app that let browsers read the rows of their view, and nobody without a token",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const path = dirname(yield* serverBinary)
        const [port, webSocketPort, appPort] = yield* Effect.promise(() =>
          Promise.all([freePort(), freePort(), freePort()] as const)
        )
        const placed = (line: string) =>
          line
            .replaceAll("nats-accounts", join(folder, "accounts"))
            .replaceAll("4280", String(webSocketPort))
            .replaceAll(":3000", `:${appPort}`)
            .replace("LIVE=true", `PORT=${appPort} $&`)
            .replace(/nats-config -- .*/u, `$& --out ${join(folder, "accounts")} --listen 127.0.0.1:${port}`)
        const lines = block.trimEnd().split("\n")
        assert.lengthOf(lines, 4)
        for (const line of lines) {
          const running = yield* started(placed(line), path)
          if (line.startsWith("nats-server")) yield* printed(line, running, /Server is ready/u)
          else if (line.includes("npm start")) yield* printed(line, running, /Ctrl-C to stop/u)
          else assert.strictEqual(yield* Effect.promise(() => running.code), 0, running.output())
        }
        yield* Effect.promise(async () => {
          const url = `http://127.0.0.1:${appPort}`
          const session = (await send(`${url}/live/session`, "POST", { view: "Booking" })) as unknown as LiveSession
          const { received, row } = await readRow(url, session)
          assert.include(row, `"availability":"booked"`)
          assert.deepStrictEqual(received, [`${session.changes}1.2026-12-24`])
          const refused = await wsconnect({ servers: session.url, token: "x", reconnect: false }).catch(
            (error: Error) => error.message
          )
          assert.strictEqual(refused, "Authorization Violation")
        })
      }).pipe(Effect.scoped),
    90_000
  )
})
