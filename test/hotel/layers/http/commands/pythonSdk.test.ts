import { execFileSync, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { freshRoom, Served, servedHotel } from "#test/hotel/support/servedHttp.ts"
import { memoryBackend } from "#test/support/backends.ts"

const script = fileURLToPath(new URL("../../../../support/cloudEvents.py", import.meta.url))

const hasSdk = spawnSync("python3", ["-c", "import cloudevents.core"]).status === 0

interface Message {
  readonly headers: Record<string, string>
  readonly body: string
}

const write = (events: ReadonlyArray<object>): ReadonlyArray<Message> =>
  JSON.parse(execFileSync("python3", [script], { input: JSON.stringify(events) }).toString())

/** Ids, most of which have to be escaped in headers but not in JSON. */
const ids = ["plain", "a b", 'quoted "id"', "50%", "%41", "Zoë", "部屋 1", "🏨", "a\\b", "x".repeat(300)]

layer(servedHotel(memoryBackend))("Events written by the SDK for Python", (it) => {
  for (const mode of ["binary", "structured", "base64"])
    it.effect.skipIf(!hasSdk)(`in ${mode} mode are commands, each executed once`, () =>
      Effect.gen(function* () {
        const { call } = yield* Served
        const events = yield* Effect.forEach(ids, (id) =>
          Effect.map(freshRoom, (room) => ({
            mode,
            attributes: {
              id: `${mode} ${id}`,
              source: "https://desk.example/a%20b?c=d#e",
              type: "BookRoom",
              specversion: "1.0",
              time: "2022-12-12T10:00:00.123456+01:00",
              datacontenttype: "application/vnd.hotel.book+json",
              subject: "Zoë's room",
              floor: 3
            },
            data: { room, client: { id: 1 }, date: "2022-12-12" }
          }))
        )
        for (const [n, { body, headers }] of write(events).entries()) {
          const send = call("/mutation/book-room", { method: "PUT", headers, body: Buffer.from(body, "base64") })
          const first = yield* send
          assert.strictEqual(first.status, 201, `${ids[n]}: ${first.text}`)
          const again = yield* send
          assert.deepStrictEqual([again.status, again.body], [201, { ...first.body, duplicate: true }])
        }
      })
    )
})
