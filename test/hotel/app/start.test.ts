import { appendFileSync, readFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { jetstream } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect, Schedule } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { type App, type NotStarted, startApp } from "#test/support/startApp.ts"
import { temporaryFolder, testServer } from "#test/support/testServer.ts"
import { mountSmallDisk, canMountSmallDisks } from "../../../chaos/smallDisk.ts"

const put = (app: App, path: string, body: string, headers: Record<string, string> = {}) =>
  Effect.promise(() =>
    fetch(`${app.url}${path}`, {
      method: "PUT",
      headers: { "content-type": "application/json", ...headers },
      body
    })
  )

const get = (app: App, path: string) =>
  Effect.promise(async () => (await fetch(`${app.url}${path}`)).json() as Promise<any>)

const booking = `{
    "data": {
      "room": { "id" : 1},
      "client": { "id": 1},
      "date": "2022-12-12"
    }
  }`
const cleanup = `{
    "data": {
      "room": { "id" : 1},
      "date": "2022-12-12"
    }
  }`
const checkIn = (date: string) => `{
    "data": {
      "room": { "id" : 1 },
      "client": { "id": 1},
      "date": "${date}"
    }
  }`

/** The first message of a stream on a subject, as soon as it exists. */
const first = (url: string, stream: string, subject: string) =>
  Effect.promise(async () => {
    const nats = await connect({ servers: url })
    const consumer = await jetstream(nats).consumers.get(stream, { filter_subjects: [subject] })
    const message = await consumer.next({ expires: 10_000 })
    await nats.close()
    return { type: message?.headers?.get("ce-type"), actor: message?.headers?.get("ce-actor"), data: message?.json() }
  })

const failedStart = (settings: Readonly<Record<string, string>>) =>
  startApp(settings).pipe(Effect.scoped, Effect.flip) as Effect.Effect<NotStarted>

describe("npm start", () => {
  it.live("runs the tour of the README, and continues after a restart", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryFolder
      const seq = yield* Effect.gen(function* () {
        const app = yield* startApp({ DATA_DIR })
        const answers = yield* Effect.forEach(
          [
            ["/mutation/book-room", booking],
            ["/mutation/cleanup", cleanup],
            ["/mutation/checkin", checkIn("2022-12-13")],
            ["/mutation/checkin", checkIn("2022-12-12")]
          ] as const,
          ([path, body]) => put(app, path, body)
        )
        assert.deepStrictEqual(
          answers.map(({ status }) => status),
          [201, 201, 409, 201]
        )
        const checkedIn = yield* Effect.promise(() => answers.at(-1)!.json() as Promise<{ readonly seq: number }>)

        assert.deepStrictEqual(
          app
            .output()
            .split("\n")
            // The pages are built only if they are outdated.
            .filter((line) => line.includes("✓") && !line.endsWith("page built"))
            .map((line) => line.replace(/^ {2}✓ +\d+ ms {2}|(?<=nats-server ).*/gu, "")),
          [
            "nats-server ",
            "streams, buckets and consumers",
            "commands, views and automations",
            "20 rooms to begin with",
            "HTTP",
            "commands over NATS"
          ]
        )
        const ended = yield* app.end("SIGINT")
        assert.deepStrictEqual([ended.code, ended.signal], [0, null])
        assert.isBelow(ended.millis, 2_000)
        return checkedIn.seq
      }).pipe(Effect.scoped)

      const again = yield* startApp({ DATA_DIR })
      assert.notInclude(again.output(), "rooms to begin with")
      const night = yield* get(again, `/rooms/1/nights/2022-12-12?after=${seq}`)
      assert.strictEqual(night.availability, "occupied")
      assert.strictEqual((yield* get(again, `/rooms?after=${seq}`)).rooms.length, 20)
      const night1 = "1.2022-12-12.1_2022-12-12"
      assert.deepStrictEqual(yield* first(again.nats!, "room-booking", `booking.${night1}`), {
        type: "RoomBooked",
        actor: "Guest",
        data: { room: { id: 1 }, client: { id: 1 }, date: "2022-12-12" }
      })
      const clean = yield* first(again.nats!, "room-cleanup", `cleanup.${night1}`)
      assert.oneOf(clean.type, ["CleanUpScheduled", "RoomCleanedUp"])
    }).pipe(Effect.scoped)
  )

  it.live("keeps an audit of accepted and rejected commands", () =>
    Effect.gen(function* () {
      const app = yield* startApp({ DATA_DIR: yield* temporaryFolder, ROOMS: "1" })
      yield* put(app, "/mutation/book-room", booking)
      yield* put(app, "/mutation/book-room", booking)
      const accepted = "audit.accepted.room-night.booking.1_2022-12-12.room-booked"
      assert.strictEqual((yield* first(app.nats!, "audit", accepted)).type, "RoomBooked")
      assert.deepStrictEqual(yield* first(app.nats!, "audit", "audit.refused.book-room.1_2022-12-12"), {
        type: "RoomAlreadyBooked",
        actor: "Guest",
        data: { room: { id: 1 }, date: "2022-12-12" }
      })
    }).pipe(Effect.scoped)
  )

  it.live("ends within 2 s on SIGTERM, and with the server", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryFolder
      const app = yield* startApp({ DATA_DIR })
      const [server] = readFileSync(`${DATA_DIR}/nats-server.pid`, "utf8").split("\n").map(Number)
      const ended = yield* app.end("SIGTERM")
      assert.strictEqual(ended.code, 0)
      assert.isBelow(ended.millis, 2_000)
      assert.throws(() => process.kill(server!, 0))
    }).pipe(Effect.scoped)
  )

  it.live("runs in memory without NATS", () =>
    Effect.gen(function* () {
      const app = yield* startApp({ EVENT_LOG: "memory", ROOMS: "7" })
      assert.isUndefined(app.nats)
      assert.deepStrictEqual((yield* get(app, "/rooms")).rooms, [{ id: 7 }])
      assert.strictEqual((yield* put(app, "/mutation/book-room", booking)).status, 409)
    }).pipe(Effect.scoped)
  )

  it.live("warns if other machines can reach it and do everything, and accepts the hosts of ALLOWED_HOSTS", () =>
    Effect.gen(function* () {
      const memory = { EVENT_LOG: "memory", ROOMS: "7" }
      const exposed = { ...memory, HOST: "0.0.0.0", ALLOWED_HOSTS: "hotel.example, app-1:80" }
      assert.include(
        (yield* failedStart(exposed)).output,
        "HOST is 0.0.0.0, which other machines can reach, and AUTH is not set"
      )
      const app = yield* startApp({ ...exposed, AUTH: "none" })
      const warning = /^ {2}! HOST is 0\.0\.0\.0 and AUTH=none: every client .*ALLOWED_HOSTS/mu
      // It comes on stderr, perhaps after the last line of stdout.
      yield* Effect.repeat(Effect.sync(app.output), {
        until: (text) => warning.test(text),
        schedule: Schedule.spaced("10 millis")
      })
      assert.match(app.url, /^http:\/\/127\.0\.0\.1:/u)
      assert.deepStrictEqual((yield* get(app, "/rooms")).rooms, [{ id: 7 }])
      assert.notInclude((yield* startApp(memory)).output(), "ALLOWED_HOSTS")
      assert.include((yield* failedStart({ ...memory, ALLOWED_HOSTS: "a b" })).output, `ALLOWED_HOSTS is set to "a b"`)
    }).pipe(Effect.scoped)
  )

  it.live("uses the server of NATS_URL, adds no rooms to it, and shares it with another app", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer()
      const [one, two] = yield* Effect.all([startApp({ NATS_URL: url }), startApp({ NATS_URL: url })], {
        concurrency: 1
      })
      assert.deepStrictEqual((yield* get(one, "/rooms")).rooms, [])
      yield* put(one, "/mutation/add-room", `{"data":{"room":{"id":1}}}`)
      const statuses = yield* Effect.forEach(
        Array.from({ length: 64 }, (_, n) => n),
        (n) =>
          Effect.map(
            put(n % 2 ? one : two, "/mutation/book-room", booking.replace(`{ "id": 1}`, `{ "id": ${n + 1}}`)),
            ({ status }) => status
          ),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(statuses.filter((status) => status === 201).length, 1)
      assert.strictEqual(statuses.filter((status) => status === 409).length, 63)
      const cleaned = yield* put(one, "/mutation/cleanup", cleanup)
      const { seq } = yield* Effect.promise(() => cleaned.json() as Promise<{ readonly seq: number }>)
      for (const app of [one, two]) {
        const night = yield* get(app, `/rooms/1/nights/2022-12-12?after=${seq}`)
        assert.strictEqual(night.availability, "available")
      }
    }).pipe(Effect.scoped)
  )

  it.live(
    "reports settings, ports and folders that it cannot use",
    () =>
      Effect.gen(function* () {
        const bad = yield* failedStart({ PORT: "abc" })
        assert.strictEqual(bad.code, 1)
        assert.include(bad.output, `PORT is set to "abc". Expected a whole number from 0 to 65535`)
        assert.include((yield* failedStart({ ROOMS: "20-1" })).output, "ROOMS")
        assert.include((yield* failedStart({ NATS_REPLICAS: "2" })).output, "NATS_REPLICAS")
        assert.include((yield* failedStart({ NATS_URL: "nats://127.0.0.1:1" })).output, "NATS at nats://127.0.0.1:1")

        const listener = yield* Effect.acquireRelease(
          Effect.callback<ReturnType<typeof createServer>>((resume) => {
            const server = createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
          }),
          (server) => Effect.sync(() => server.close())
        )
        const { port } = listener.address() as { port: number }
        const occupied = yield* failedStart({ EVENT_LOG: "memory", PORT: String(port) })
        assert.include(occupied.output, `Cannot listen on 127.0.0.1:${port}`)

        const DATA_DIR = yield* temporaryFolder
        yield* startApp({ DATA_DIR })
        const second = yield* failedStart({ DATA_DIR })
        assert.match(second.output, /A nats-server, process \d+, already runs on/u)
      }).pipe(Effect.scoped),
    // Seven starts, one after the other.
    60_000
  )

  it.live("reports that its server was killed, and ends", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryFolder
      const app = yield* startApp({ DATA_DIR })
      const [server] = readFileSync(`${DATA_DIR}/nats-server.pid`, "utf8").split("\n").map(Number)
      process.kill(server!, "SIGKILL")
      const { code } = yield* app.ended
      assert.strictEqual(code, 1)
      assert.include(app.output(), `The nats-server of this app, process ${server}, has ended`)
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(!canMountSmallDisks())("warns of a small disk, and ends once it is full", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryFolder
      assert.isTrue(yield* mountSmallDisk(DATA_DIR, 64))
      const app = yield* startApp({ DATA_DIR, ROOMS: "1" })
      assert.match(app.output(), /^ {2}! \S+ MiB of the disk are free, and the streams may grow by 27/mu)
      const filler = join(DATA_DIR, "filler")
      for (const size of [1024 * 1024, 4096]) {
        try {
          while (true) appendFileSync(filler, Buffer.alloc(size))
        } catch {
          // The disk is full, as intended.
        }
      }
      yield* Effect.promise(async () => {
        const nats = await connect(app.operator)
        nats.publish(`${hotelBooking.name}.room-night.booking.1_2022-12-12.room-painted`, Buffer.alloc(10_000))
        await nats.flush()
        await nats.close()
      })
      const { code } = yield* app.ended
      assert.strictEqual(code, 1)
      assert.match(app.output(), /✗ The disk of .+ is full, .+ Make room, and start the app again\.$/mu)
    }).pipe(Effect.scoped)
  )
})
