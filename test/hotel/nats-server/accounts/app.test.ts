import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { accountsServer } from "#test/hotel/support/accountsServer.ts"
import { type NotStarted, startApp } from "#test/support/startApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

/** The settings in a file that `npm run nats-config` wrote. */
const settingsIn = (file: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from(readFileSync(file, "utf8").matchAll(/^(\w+)='(.*)'$/gmu), ([, name, value]) => [name!, value!])
  )

const tool = (name: string, args: ReadonlyArray<string>, environment: Readonly<Record<string, string>>) =>
  Effect.callback<{ readonly code: number; readonly output: string }>((resume) => {
    const env = { ...process.env, ...environment }
    execFile(process.execPath, ["scripts/node.cjs", `src/app/tools/${name}.ts`, ...args], { env }, (error, out, err) =>
      resume(Effect.succeed({ code: Number(error?.code ?? 0), output: out + err }))
    )
  })

const json = (url: string, init?: RequestInit) =>
  Effect.promise(async () => {
    const answer = await fetch(url, init)
    return { status: answer.status, body: (await answer.json()) as any }
  })

const command = (url: string, name: string, data: object) =>
  json(`${url}/mutation/${name}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data })
  })

const room = { id: 1 }
const booking = { room, client: { id: 1 }, date: "2022-12-12" }

/** Commands that are accepted, rejected and repeated, and everything that HTTP shows. */
const useHotel = Effect.fnUntraced(function* (url: string) {
  assert.strictEqual((yield* command(url, "add-room", { room })).status, 201)
  const booked = yield* command(url, "book-room", booking)
  assert.strictEqual(booked.status, 201)
  assert.strictEqual((yield* command(url, "book-room", { ...booking, client: { id: 2 } })).status, 409)
  const row = yield* json(`${url}/rooms/1/nights/2022-12-12?after=${booked.body.seq}`)
  assert.strictEqual(row.body.availability, "booked")
  const paths = [
    "/rooms",
    "/facts",
    "/facts/2",
    "/facts/2/why",
    "/operations",
    "/operations/parked",
    "/channels",
    "/blueprint",
    "/cleanup-schedule/2022-12-12",
    "/search?q=RoomBooked"
  ]
  for (const path of paths) {
    const answer = yield* Effect.promise(() => fetch(url + path))
    assert.isBelow(answer.status, 500, path)
    yield* Effect.promise(() => answer.text())
  }
  const ready = yield* json(`${url}/health/ready`).pipe(
    Effect.repeat({ until: ({ status }) => status === 200, schedule: Schedule.spaced("50 millis") })
  )
  assert.strictEqual(ready.body.status, "ready")
})

describe("An app with the service user of its account", () => {
  it.live(
    "runs once the account is provisioned, over TLS, and shares nothing with the app of another hotel",
    () =>
      Effect.gen(function* () {
        const server = yield* accountsServer(["north", "south", "east"], { certificates: "test" })
        const settings = (hotel: string, role: string) =>
          settingsIn(join(server.folder, "hotels", hotel, `${role}.env`))

        const early = (yield* startApp(settings("north", "service")).pipe(Effect.scoped, Effect.flip)) as NotStarted
        assert.include(early.output, "stream hotel could not be set up")
        assert.include(early.output, "Run npm run provision with the operations user of the account")

        for (const hotel of ["north", "south"]) {
          const done = yield* tool("provisionTool", [], settings(hotel, "operations"))
          assert.strictEqual(done.code, 0, done.output)
          assert.match(
            done.output,
            /^\d+ streams and buckets at tls:\/\/127\.0\.0\.1:\d+ are as Hotel booking declares/mu
          )
        }
        const denials = () =>
          server
            .log()
            .split("\n")
            .filter((line) => line.includes("Violation"))
        const before = denials().length
        assert.isAbove(before, 0)

        const [north, south] = [
          yield* startApp({ ...settings("north", "service"), LOG_LEVEL: "debug" }),
          yield* startApp({ ...settings("south", "service"), LOG_LEVEL: "debug" })
        ]
        yield* useHotel(north.url)
        const there = yield* json(`${south.url}/health/ready`)
        assert.strictEqual(there.body.streams.hotel, 0)
        assert.strictEqual((yield* command(south.url, "book-room", booking)).status, 409)
        yield* useHotel(south.url)

        const operations = yield* tool("logTool", ["check"], settings("north", "operations"))
        assert.strictEqual(operations.code, 0, operations.output)
        const file = join(yield* temporaryFolder, "north.backup")
        const backup = yield* tool("backupTool", [file], settings("north", "operations"))
        assert.strictEqual(backup.code, 0, backup.output)

        const restored = yield* tool("restoreTool", [file], settings("east", "operations"))
        assert.strictEqual(restored.code, 0, restored.output)
        const voided = yield* tool("voidTool", ["1", "to see whether it connects"], settings("east", "operations"))
        assert.include(voided.output, "The board can read the event at position 1")
        const east = yield* startApp(settings("east", "service"))
        assert.strictEqual((yield* command(east.url, "book-room", booking)).status, 409)
        assert.strictEqual((yield* json(`${east.url}/rooms/1/nights/2022-12-12`)).body.availability, "booked")

        assert.deepStrictEqual(denials().slice(before), [])
        for (const { output } of [north, south]) assert.notMatch(output(), /permissions violation/iu)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live(
    "takes commands over NATS, rebuilds the rows of a view, and gets a deleted bucket back",
    () =>
      Effect.gen(function* () {
        const server = yield* accountsServer(["north"])
        yield* server.provision("north")
        const settings = settingsIn(join(server.folder, "hotels", "north", "service.env"))
        const operations = yield* server.connectAs("operations", "north")
        const app = yield* startApp(settings)
        yield* useHotel(app.url)
        for (const [subject, answer] of [
          ["cmd.hotel.BookRoom", /"code":"InvalidRequest"/u],
          ["$SRV.PING.hotel", /io\.nats\.micro\.v1\.ping_response/u]
        ] as const)
          assert.match((yield* Effect.promise(() => operations.request(subject, "{}"))).string(), answer)
        const rows = json(`${app.url}/rooms`).pipe(
          Effect.repeat({
            until: ({ body }) => body.rooms?.length === 1,
            schedule: Schedule.spaced("100 millis")
          }),
          Effect.timeout("15 seconds")
        )
        for (const request of ["PURGE.KV_rooms-v1", "DELETE.KV_rooms-v1", "DELETE.KV_parked"]) {
          const answer = yield* Effect.promise(() => operations.request(`$JS.API.STREAM.${request}`))
          assert.isTrue(answer.json<{ readonly success: boolean }>().success, request)
          // The purge of a bucket is noticed by its state, and its rows come after the new checkpoint.
          yield* Effect.promise(() =>
            vi.waitFor(async () => {
              const info = await operations.request(`$JS.API.STREAM.INFO.${request.split(".")[1]}`)
              const { error, state } = info.json<{ readonly error?: object; readonly state?: { messages: number } }>()
              assert.isUndefined(error, request)
              if (!request.endsWith("parked")) assert.isAtLeast(state!.messages, 2, request)
            }, 15_000)
          )
          yield* rows
        }
        const consumer = "$JS.API.CONSUMER.DELETE.hotel.view-rooms-v1"
        yield* Effect.promise(() => operations.request(consumer))
        yield* command(app.url, "add-room", { room: { id: 2 } })
        yield* json(`${app.url}/rooms`).pipe(
          Effect.repeat({ until: ({ body }) => body.rooms?.length === 2, schedule: Schedule.spaced("100 millis") }),
          Effect.timeout("15 seconds")
        )
        assert.notInclude(server.log(), "Violation")
      }).pipe(Effect.scoped),
    120_000
  )
})
