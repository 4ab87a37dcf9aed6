import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { makeIssuer, newIssuerSeed } from "#layers/nats/live/issuer.ts"
import * as EmbeddedServer from "#nats-server/EmbeddedServer.ts"
import { startApp } from "#test/support/startApp.ts"
import { serverBinary, temporaryFolder } from "#test/support/testServer.ts"
import { chromium } from "#test/web/support/chromium.ts"
import { recordStates, rowText, showsState } from "#test/web/support/livePage.ts"
import { freePort } from "../../../bench/freePort.ts"
import { browser, day, pageOpener } from "./support/web.ts"

/** The configuration in docs/live.md, with these values. */
const documentedConfig = (values: {
  readonly issuer: string
  readonly port: number
  readonly appPort: number
  readonly password: string
}): string => {
  const [, block] = /^```\n(accounts \{.*?)^```$/msu.exec(readFileSync("docs/live.md", "utf8"))!
  return block!
    .replace("$HOTEL_PASSWORD", values.password)
    .replace("$BROWSER_ISSUER", values.issuer)
    .replace("127.0.0.1:4280", `127.0.0.1:${values.port}`)
    .replace("127.0.0.1:3000", `127.0.0.1:${values.appPort}`)
}

const fixture = Effect.gen(function* () {
  const [port, webSocketPort, appPort] = yield* Effect.promise(() =>
    Promise.all([freePort(), freePort(), freePort()] as const)
  )
  const folder = yield* temporaryFolder
  const dataDir = join(folder, "data")
  mkdirSync(dataDir)
  const issuerFile = join(folder, "issuer.nk")
  const seed = newIssuerSeed()
  writeFileSync(issuerFile, `${seed}\n`, { mode: 0o600 })
  const password = "p4ssword"
  const extraConfig = documentedConfig({
    issuer: makeIssuer(seed).publicKey,
    port: webSocketPort,
    appPort,
    password
  })
  const binary = yield* serverBinary
  const startServer = Effect.gen(function* () {
    const scope = yield* Scope.make()
    const server = yield* EmbeddedServer.start({ binary, dataDir, ports: [port], extraConfig }).pipe(
      Effect.provideService(Scope.Scope, scope)
    )
    return { ...server, close: Scope.close(scope, Exit.void) }
  })
  const settings = {
    LIVE: "true",
    PORT: String(appPort),
    NATS_URL: `nats://hotel:${password}@127.0.0.1:${port}`,
    NATS_WEBSOCKET_URL: `ws://127.0.0.1:${webSocketPort}`,
    NATS_BROWSER_ISSUER: issuerFile,
    NATS_BROWSER_ACCOUNT: "BROWSERS"
  }
  const put = (path: string, data: object) =>
    Effect.promise(async () => {
      const headers = { "content-type": "application/json" }
      const body = JSON.stringify({ data })
      const { status } = await fetch(`http://127.0.0.1:${appPort}${path}`, { method: "PUT", headers, body })
      assert.strictEqual(status, 201)
    })
  const book = (room: number) => put("/mutation/book-room", { room: { id: room }, client: { id: 1 }, date: day() })
  return { startServer, settings, put, book }
})

describe.skipIf(chromium === undefined)("Live rows on the server of docs/live.md", () => {
  it.live(
    "continue when the app is started again, and when nats-server is killed and comes back",
    () =>
      Effect.gen(function* () {
        const { book, put, settings, startServer } = yield* fixture
        const server = yield* startServer
        const app = yield* startApp(settings)
        for (const id of [1, 2, 3, 4]) yield* put("/mutation/add-room", { room: { id } })
        const open = pageOpener(yield* browser, app.url)
        const { page } = yield* Effect.promise(() => open("/live?view=Booking"))
        const shows = (state: string) => Effect.promise(() => showsState(page, state))
        const hasRow = (room: number) => Effect.promise(() => rowText(page, `${room}.${day()}`))
        yield* shows("live")
        yield* book(1)
        assert.include(yield* hasRow(1), "booked")

        // The page reads from NATS: while the app is away, nothing changes for it.
        const states = yield* Effect.promise(() => recordStates(page))
        yield* app.end("SIGTERM")
        yield* startApp(settings)
        yield* book(2)
        assert.include(yield* hasRow(2), "booked")
        assert.deepStrictEqual(yield* Effect.promise(states), [])

        process.kill(server.pid, "SIGKILL")
        yield* shows("reconnecting")
        yield* server.close
        const again = yield* startServer
        yield* shows("live")
        yield* book(3)
        assert.include(yield* hasRow(3), "booked")
        assert.include(yield* hasRow(1), "booked")
        yield* Effect.addFinalizer(() => again.close)
      }).pipe(Effect.scoped),
    90_000
  )
})
