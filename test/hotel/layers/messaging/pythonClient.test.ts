import { execFile, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { type NatsAnswer, NatsClient, natsClient } from "#test/support/natsRequests.ts"

const script = fileURLToPath(new URL("../../../support/natsCloudEvents.py", import.meta.url))

const hasClients = spawnSync("python3", ["-c", "import cloudevents.core, nats"]).status === 0

const send = (url: string, events: ReadonlyArray<object>) =>
  Effect.promise(
    () =>
      new Promise<ReadonlyArray<NatsAnswer>>((resolve, reject) => {
        const child = execFile("python3", [script, url], { timeout: 20_000 }, (error, stdout, stderr) =>
          error ? reject(new Error(stderr, { cause: error })) : resolve(JSON.parse(stdout))
        )
        child.stdin!.end(JSON.stringify(events))
      })
  )

it.live.skipIf(!hasClients)(
  "commands that nats-py sends as events of the SDK for Python are executed, each once (needs nats-py and cloudevents)",
  () =>
    Effect.gen(function* () {
      const { request, url } = yield* NatsClient
      const event = (mode: string, room: number, id: string) => ({
        mode,
        subject: "cmd.hotel.BookRoom",
        attributes: {
          id,
          source: "https://desk.example/a%20b",
          type: "BookRoom",
          specversion: "1.0",
          datacontenttype: "application/json"
        },
        data: { room: { id: room }, client: { id: 1 }, date: "2022-12-12" }
      })
      const modes = ["binary", "structured", "bare"]
      for (const n of modes.keys()) yield* request("cmd.hotel.AddRoom", { data: { room: { id: n + 1 } } })
      const events = modes.map((mode, n) => event(mode, n + 1, `Zoë ${n} 部屋`))
      const answers = yield* send(url, [...events, ...events, { ...event("binary", 9, "x") }])
      for (const [n, mode] of modes.entries()) {
        const [first, again] = [answers[n]!, answers[n + modes.length]!]
        assert.strictEqual(first.body.facts?.[0].type, "RoomBooked", `${mode}: ${JSON.stringify(first)}`)
        assert.deepStrictEqual(again.body, { ...first.body, duplicate: true })
      }
      const rejected = answers.at(-1)!
      assert.strictEqual(rejected.body.code, "RoomUnknown")
      assert.strictEqual(rejected.headers["Nats-Service-Error-Code"], "409")
    }).pipe(
      Effect.provide(
        natsClient(hotelBooking).pipe(Layer.provide(runningBoard(hotelBooking, memoryBackend)), Layer.orDie)
      )
    ),
  30_000
)
