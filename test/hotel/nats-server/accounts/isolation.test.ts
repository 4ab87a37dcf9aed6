import { execFile, spawnSync } from "node:child_process"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node"
import { Effect, Schedule } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { accountsServer } from "#test/hotel/support/accountsServer.ts"

const specs = streamSpecs(hotelBooking, 1)
const event = "hotel.room.admin.1.room-added"
const row = "$KV.rooms-v1.1"

/** Two provisioned hotels; the first has an event and a row. */
const twoHotels = Effect.gen(function* () {
  const server = yield* accountsServer(["north", "south"])
  yield* server.provision("north")
  yield* server.provision("south")
  const [north, south] = [
    yield* server.connectAs("operations", "north"),
    yield* server.connectAs("operations", "south")
  ]
  return { server, north, south }
})

const stored = async (nats: NatsConnection, subject: string, data: string) =>
  (await nats.request(subject, data)).json<{
    readonly seq: number
    readonly error?: { readonly description: string }
  }>()

/** How many messages each stream has. */
const counts = async (nats: NatsConnection) => {
  const manager = await jetstreamManager(nats)
  const all = specs.map(async ({ name }) => [name, (await manager.streams.info(name)).state.last_seq] as const)
  return Object.fromEntries(await Promise.all(all)) as Record<string, number>
}

const collect = (nats: NatsConnection, subject: string) => {
  const received: Array<Msg> = []
  nats.subscribe(subject, { callback: (error, message) => void (error ?? received.push(message)) })
  return received
}

const eventually = <A>(what: string, read: () => A | undefined | Promise<A | undefined>) =>
  Effect.promise(async () => read()).pipe(
    Effect.filterOrFail((value) => value !== undefined),
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.timeoutOrElse({ duration: "5 seconds", orElse: () => Effect.die(new Error(`${what}: not within 5 s`)) })
  )

describe("The accounts of two hotels", () => {
  it.live("share nothing: the same subjects, streams and buckets are others in each", () =>
    Effect.gen(function* () {
      const { north, server, south } = yield* twoHotels
      const inSouth = collect(yield* server.connectAs("partner"), "south.hotel.>")
      yield* Effect.promise(async () => {
        assert.strictEqual((await stored(north, event, "{}")).seq, 1)
        assert.strictEqual((await stored(north, row, "{}")).seq, 1)
        await south.flush()
        const before = await counts(south)
        assert.deepStrictEqual(new Set(Object.values(before)), new Set([0]))
        assert.strictEqual((await counts(north))["hotel"], 1)
        assert.deepStrictEqual(inSouth, [])
      })
    }).pipe(Effect.scoped)
  )

  it.live("let the partner receive what the lanes have stored, below each hotel's name, and no rejected write", () =>
    Effect.gen(function* () {
      const { north, server, south } = yield* twoHotels
      const partner = yield* server.connectAs("partner")
      const received = [collect(partner, "north.room.>"), collect(partner, "south.room.>")]
      const all = hotelBooking.lanes.flatMap(({ prefix }) =>
        ["north", "south"].map((hotel) => collect(partner, `${hotel}.${prefix}.>`))
      )
      yield* Effect.promise(() => partner.flush())
      yield* Effect.promise(async () => {
        await stored(north, event, '{"number":1}')
        await stored(south, event, '{"number":2}')
        const guard = headers()
        guard.set("Nats-Expected-Last-Sequence", "7")
        const rejected = (await north.request(event, "{}", { headers: guard, timeout: 1_000 })).json<{
          readonly error?: object
        }>()
        assert.isDefined(rejected.error)
      })
      const [one, two] = yield* eventually("both events", () => {
        const messages = all.flat()
        return messages.length >= 2 ? messages.toSorted((a, b) => a.subject.localeCompare(b.subject)) : undefined
      })
      assert.deepStrictEqual([one!.string(), two!.string()], ['{"number":1}', '{"number":2}'])
      assert.match(one!.subject, /^north\.admin\.1\.1$/u)
      assert.match(two!.subject, /^south\.admin\.1\.1$/u)
      assert.strictEqual(one!.headers?.get("Nats-Stream"), "hotel-admin")
      yield* Effect.promise(() => partner.flush())
      assert.lengthOf(all.flat(), 2)
      assert.deepStrictEqual(received.flat(), [])
    }).pipe(Effect.scoped)
  )

  it.live("let a browser read rows, by key and all at once, and each change of them", () =>
    Effect.gen(function* () {
      const { north, server } = yield* twoHotels
      const browser = yield* server.connectAs("browser", "north")
      const changes = collect(browser, "ui.hotel.rooms-v1.>")
      yield* Effect.promise(async () => {
        await browser.flush()
        await stored(north, row, '{"number":1}')
        await stored(north, "$KV.rooms-v1.2", '{"number":2}')
        const one = await browser.request(`$JS.API.DIRECT.GET.KV_rooms-v1.${row}`, "")
        assert.strictEqual(one.string(), '{"number":1}')
        const snapshot: Array<string> = []
        const answers = await browser.requestMany(
          "$JS.API.DIRECT.GET.KV_rooms-v1",
          JSON.stringify({ multi_last: ["$KV.rooms-v1.>"] }),
          { strategy: "sentinel" }
        )
        for await (const answer of answers) if (answer.data.length > 0) snapshot.push(answer.string())
        assert.deepStrictEqual(snapshot, ['{"number":1}', '{"number":2}'])
      })
      yield* eventually("both changes", () => (changes.length === 2 ? changes : undefined))
      assert.deepStrictEqual(
        changes.map(({ subject }) => subject),
        ["ui.hotel.rooms-v1.1", "ui.hotel.rooms-v1.2"]
      )
      assert.strictEqual(changes[1]!.headers?.get("Nats-Sequence"), "2")
    }).pipe(Effect.scoped)
  )

  it.live("have a browser store nothing by the reply subject of its requests", () =>
    Effect.gen(function* () {
      const { north, server } = yield* twoHotels
      const browser = yield* server.connectAs("browser", "north")
      yield* Effect.promise(async () => {
        await stored(north, event, "{}")
        await stored(north, row, "{}")
      })
      // In the account of the streams it would: the server checks the subject of a request, and not where its answer goes.
      const service = yield* server.connectAs("service", "north")
      const log = yield* Effect.promise(async () => {
        service.publish(`$JS.API.DIRECT.GET.KV_rooms-v1.${row}`, "", { reply: "hotel.room.admin.3.room-added" })
        await service.flush()
        return (await counts(north))["hotel"]
      })
      assert.strictEqual(log, 2)
      const settled = yield* eventually("copies of both", async () => {
        const now = await counts(north)
        return now["audit"] === 2 && now["hotel-admin"] === 2 ? now : undefined
      })
      yield* Effect.promise(async () => {
        for (const reply of [
          "hotel.room.admin.2.room-added",
          row,
          "audit.refused.x",
          "$JS.API.STREAM.PURGE.KV_rooms-v1",
          "$JS.API.STREAM.DELETE.hotel",
          "admin.2.2",
          "ui.hotel.rooms-v1.1",
          "_INBOX_service.x"
        ]) {
          browser.publish(`$JS.API.DIRECT.GET.KV_rooms-v1.${row}`, "", { reply })
          browser.publish("$JS.API.DIRECT.GET.KV_rooms-v1", `{"seq":1}`, { reply })
        }
        await browser.flush()
        assert.strictEqual((await browser.request(`$JS.API.DIRECT.GET.KV_rooms-v1.${row}`, "")).string(), "{}")
        assert.deepStrictEqual(await counts(north), settled)
      })
    }).pipe(Effect.scoped)
  )

  it.live("have limits on streams, storage and connections", () =>
    Effect.gen(function* () {
      const server = yield* accountsServer(["north"], { connections: 3 })
      yield* server.provision("north")
      const operations = yield* server.connectAs("operations", "north")
      const message = (error: unknown) => (error instanceof Error ? error.message : String(error))
      yield* Effect.promise(async () => {
        const { streams } = await jetstreamManager(operations)
        const add = (name: string, max_bytes?: number) =>
          streams.add({ name, subjects: [`${name}.>`], ...(max_bytes && { max_bytes }) }).catch(message)
        assert.match(String(await add("huge", 2 ** 50)), /insufficient storage|storage resources exceeded/u)
        assert.isObject(await add("one-more"))
        assert.match(String(await add("too-many")), /maximum number of streams reached/u)
        await streams.delete("one-more")
        await server.tryConnect("service", "north")
        await server.tryConnect("service", "north")
        const fourth = await server.tryConnect("service", "north").then(() => "connected", message)
        assert.notStrictEqual(fourth, "connected")
      })
      yield* eventually(
        "the reason",
        () => /maximum account active connections exceeded/iu.exec(server.log()) ?? undefined
      )
    }).pipe(Effect.scoped)
  )
})

const hasCli = spawnSync("nats", ["--version"]).status === 0

describe.skipIf(!hasCli)("The nats CLI, with the context of a user", () => {
  const typed = (folder: string, context: string, ...args: ReadonlyArray<string>) =>
    Effect.callback<{ readonly code: number; readonly output: string }>((resume) => {
      const all = ["--context", join(folder, `${context}.json`), "--timeout", "2s", ...args]
      execFile("nats", all, { timeout: 15_000 }, (error, stdout, stderr) =>
        resume(Effect.succeed({ code: error ? 1 : 0, output: stdout + stderr }))
      )
    })

  it.live(
    "does what that user may",
    () =>
      Effect.gen(function* () {
        const { north, server } = yield* twoHotels
        yield* Effect.promise(() => stored(north, event, "{}"))
        const cases: ReadonlyArray<
          readonly [context: string, code: number, expected: RegExp, ...args: ReadonlyArray<string>]
        > = [
          ["hotels/north/operations", 0, /room-booking/u, "stream", "ls"],
          ["hotels/north/operations", 0, /Messages: 1\b/u, "stream", "info", "hotel"],
          ["hotels/south/operations", 0, /Messages: 0\b/u, "stream", "info", "hotel"],
          ["hotels/north/service", 0, /Messages: 1\b/u, "stream", "info", "hotel"],
          ["hotels/north/service", 1, /permissions violation/iu, "stream", "rm", "hotel", "-f"],
          ["hotels/north/service", 1, /permissions violation/iu, "stream", "purge", "hotel", "-f"],
          ["server/partner", 1, /permissions violation/iu, "sub", "--count", "1", ">"],
          ["server/system", 0, /rtt=/u, "server", "ping", "1"]
        ]
        for (const [context, code, expected, ...args] of cases) {
          const done = yield* typed(server.folder, context, ...args)
          assert.match(done.output, expected, `${context}: ${args.join(" ")}`)
          assert.strictEqual(done.code, code, `${context}: ${args.join(" ")}: ${done.output}`)
        }
        assert.strictEqual((yield* Effect.promise(() => counts(north)))["hotel"], 1)
      }).pipe(Effect.scoped),
    60_000
  )
})
