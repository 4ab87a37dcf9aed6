import { execFile, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Ajv } from "ajv"
import formats from "ajv-formats"
import { Effect } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { asyncApiDocument } from "#layers/http/monitoring/asyncApiRoutes.ts"
import { startApp } from "#test/support/startApp.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const script = fileURLToPath(new URL("../../../support/laneSubscriber.py", import.meta.url))
const hasSdk = spawnSync("python3", ["-c", "import cloudevents.core, nats"]).status === 0
if (!hasSdk) console.warn("No CloudEvents SDK or NATS client for Python: the test of a subscriber is skipped.")

interface Read {
  readonly subject: string
  readonly attributes: Readonly<Record<string, string>>
  readonly data: unknown
}

const date = "2035-06-07"
const correlationId = `50%_"trip"`

describe("A subscriber with the CloudEvents SDK for Python", () => {
  it.live.skipIf(!hasSdk)(
    "reads the lanes as the AsyncAPI document describes them",
    () =>
      Effect.gen(function* () {
        const app = yield* startApp({ DATA_DIR: yield* temporaryFolder, ROOMS: "1" })
        const put = (path: string, data: object) =>
          Effect.promise(async () => {
            const headers = { "content-type": "application/json" }
            const body = JSON.stringify({ data, correlationId })
            const { status } = await fetch(`${app.url}${path}`, { method: "PUT", headers, body })
            assert.strictEqual(status, 201)
          })
        yield* put("/mutation/book-room", { room: { id: 1 }, client: { id: 7 }, date })
        yield* put("/mutation/cleanup", { room: { id: 1 }, date })
        yield* put("/mutation/checkin", { room: { id: 1 }, client: { id: 7 }, date })

        const read = (count: number, stream: string) =>
          Effect.promise(async () => {
            const args = [script, app.nats!, stream, String(count)]
            const { stdout } = await promisify(execFile)("python3", args, { timeout: 30_000 })
            return stdout
              .trim()
              .split("\n")
              .map((line) => JSON.parse(line) as Read)
          })
        const events = [...(yield* read(1, "hotel-admin")), ...(yield* read(3, "room-booking"))]
        assert.deepStrictEqual(
          events.map(({ attributes, subject }) => [subject, attributes["type"]]),
          [
            ["admin.1.1", "RoomAdded"],
            ...["RoomBooked", "RoomAvailable", "GuestCheckedIn"].map((type) => [`booking.1.${date}.1_${date}`, type])
          ]
        )
        assert.deepStrictEqual(events[1]!.data, { room: { id: 1 }, client: { id: 7 }, date })
        assert.deepInclude(events[1]!.attributes, {
          specversion: "1.0",
          source: "/hotel/BookRoom",
          subject: `room-night/1_${date}`,
          dataschema: "urn:hotel:schema:RoomBooked:1",
          correlationid: correlationId
        })
        const ajv = new Ajv({ strict: false }).addSchema(asyncApiDocument(hotelBooking), "document")
        formats.default(ajv)
        for (const { attributes, data } of events) {
          const schema = `document#/components/messages/${attributes["type"]}/payload`
          assert.isTrue(ajv.validate(schema, data), ajv.errorsText())
        }
      }).pipe(Effect.scoped),
    60_000
  )
})
