import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { cliHint, embeddedCliHint } from "#app/startupLog.ts"
import { portsToTry, rememberedPort } from "#nats-server/serverPort.ts"
import { type NotStarted, startApp } from "#test/support/startApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"
import { freePort } from "../../bench/freePort.ts"

const listening = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const server = createServer().listen(port, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  )

const portOf = (nats = "") => Number(new URL(nats).port)

describe("The port of the app's own server", () => {
  it.live(
    "is the last one, or another if that is in use, which is printed and remembered",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const DATA_DIR = join(folder, "data")
        const first = yield* Effect.scoped(startApp({ DATA_DIR, ROOMS: "1" }))
        const file = join(DATA_DIR, "nats-server.port")
        assert.strictEqual(Number(readFileSync(file, "utf8")), portOf(first.nats))

        const last = yield* Effect.promise(freePort)
        writeFileSync(file, `${last}\n`)
        const again = yield* Effect.scoped(startApp({ DATA_DIR }))
        assert.strictEqual(portOf(again.nats), last)
        assert.match(again.output(), new RegExp(`on port ${last}, as before, data in`, "u"))
        assert.include(again.output(), `nats --server nats://127.0.0.1:${last} is read-only`)

        yield* listening(last)
        const other = yield* startApp({ DATA_DIR })
        const port = portOf(other.nats)
        assert.notStrictEqual(port, last)
        assert.match(other.output(), new RegExp(`on port ${port} \\(${last} is in use\\), data in`, "u"))
        assert.strictEqual(Number(readFileSync(file, "utf8")), port)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "is only NATS_PORT, or any for 0, and neither is remembered",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = yield* temporaryFolder
        const NATS_PORT = String(yield* Effect.promise(freePort))
        const app = yield* Effect.scoped(startApp({ DATA_DIR, NATS_PORT, ROOMS: "1" }))
        assert.strictEqual(portOf(app.nats), Number(NATS_PORT))
        yield* listening(Number(NATS_PORT))
        const failure = (yield* startApp({ DATA_DIR, NATS_PORT }).pipe(Effect.scoped, Effect.flip)) as NotStarted
        assert.strictEqual(failure.code, 1)
        assert.include(
          failure.output,
          `The app's nats-server cannot use port ${NATS_PORT}: another program listens there. Set NATS_PORT to another port`
        )
        const free = yield* startApp({ DATA_DIR, NATS_PORT: "0" })
        assert.isAbove(portOf(free.nats), 0)
        assert.isFalse(existsSync(join(DATA_DIR, "nats-server.port")))
      }).pipe(Effect.scoped),
    120_000
  )

  it.effect("is 4222 or one of the next ports, before any other", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const defaultPorts = [4222, 4223, 4224, 4225, 4226, 4227, 4228, 4229, 4230, 4231]
      assert.deepStrictEqual(portsToTry(folder), [...defaultPorts, 0])
      const file = join(folder, "nats-server.port")
      writeFileSync(file, "4224\n")
      assert.deepStrictEqual(portsToTry(folder), [4224, ...defaultPorts.filter((port) => port !== 4224), 0])
      for (const nonsense of ["", "x", "-1", "70000", "1.5"]) {
        writeFileSync(file, nonsense)
        assert.isTrue(Option.isNone(rememberedPort(folder)), nonsense)
      }
    }).pipe(Effect.scoped)
  )
})

describe("The app's own server", () => {
  it.live(
    "is the one of NATS_SERVER, or none",
    () =>
      Effect.gen(function* () {
        const settings = { NATS_SERVER: "/nope", DATA_DIR: yield* temporaryFolder }
        const { code, output } = (yield* startApp(settings).pipe(Effect.scoped, Effect.flip)) as NotStarted
        assert.strictEqual(code, 1)
        assert.match(
          output,
          /NATS_SERVER: \/nope not found.*\. Set NATS_SERVER to a suitable nats-server .*leave it out/u
        )
      }).pipe(Effect.scoped),
    120_000
  )
})

describe("The startup log", () => {
  it("shows how to call the nats CLI", () => {
    const own = "nats --server nats://127.0.0.1:4223 is read-only; with the app's rights: nats --context"
    assert.strictEqual(
      embeddedCliHint("nats://127.0.0.1:4223", ".data"),
      `${own} ${join(".data", "nats-context.json")}`
    )
    assert.strictEqual(
      embeddedCliHint("nats://127.0.0.1:4223", "my data"),
      `${own} "${join("my data", "nats-context.json")}"`
    )
    assert.strictEqual(cliHint({ servers: "nats://a:4222,nats://b:4222" }), "nats --server nats://a:4222,nats://b:4222")
    const secured = cliHint({ servers: "tls://[::1]:4222", tls: {} })
    assert.strictEqual(secured, `nats --server "tls://[::1]:4222", with the same credentials`)
  })
})
