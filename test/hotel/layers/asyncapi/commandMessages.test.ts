import { assert, layer } from "@effect/vitest"
import { Ajv } from "ajv"
import formats from "ajv-formats"
import { Effect, Layer } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { asyncApiDocument } from "#layers/http/monitoring/asyncApiRoutes.ts"
import { freshRoom, servedHotel } from "#test/hotel/support/servedHttp.ts"
import { memoryBackend } from "#test/support/backends.ts"
import { headersOf, NatsClient, natsClient } from "#test/support/natsRequests.ts"

const document = JSON.parse(JSON.stringify(asyncApiDocument(hotelBooking))) as Record<string, any>
const ajv = new Ajv({ strict: false }).addSchema(document, "document")
formats.default(ajv)

/** Asserts that a message is as the document describes it. */
const assertDescribed = (name: string, message: { readonly headers: object; readonly payload: unknown }) => {
  const { contentType, headers } = document["components"].messages[name]
  const at = `document#/components/messages/${name}`
  assert.isTrue(ajv.validate(`${at}/payload`, message.payload), `${name}: ${ajv.errorsText()}`)
  if (headers) assert.isTrue(ajv.validate(`${at}/headers`, message.headers), `${name}: ${ajv.errorsText()}`)
  assert.deepInclude(message.headers, { "content-type": contentType })
}

const { address } = document["channels"]["command.BookRoom"]
const service = natsClient(hotelBooking).pipe(Layer.provideMerge(servedHotel(memoryBackend)), Layer.orDie)

layer(service, { excludeTestServices: true })("Commands over NATS", (it) => {
  it.effect("are taken as in the examples of the AsyncAPI document, and answered as it describes", () =>
    Effect.gen(function* () {
      const { nats } = yield* NatsClient
      const request = (subject: string, body: object, headers: Readonly<Record<string, string>>) =>
        Effect.promise(async () => {
          const options = { timeout: 5_000, headers: headersOf(headers) }
          const message = await nats.request(subject, JSON.stringify(body), options)
          // The names of headers as they were sent.
          const received = Array.from(message.headers ?? [], ([name, values]) => [name, values.join()])
          return { headers: Object.fromEntries(received) as Record<string, string>, payload: message.json<any>() }
        })
      for (const form of ["BookRoom", "BookRoom.structured", "BookRoom.plain"]) {
        const room = yield* freshRoom
        const [{ headers = {}, payload }] = document["components"].messages[form].examples
        const body = "data" in payload ? { ...payload, data: { ...payload.data, room } } : { ...payload, room }
        const id = `example-${room.id}`
        if ("id" in body) body.id = id
        const send = { ...headers, ...("ce-id" in headers && { "ce-id": id }) }
        const dryRun = yield* request(address, body, { ...send, "dry-run": "true" })
        assertDescribed("dryRun", dryRun)
        const receipt = yield* request(address, body, send)
        assertDescribed("receipt", receipt)
        assert.strictEqual(receipt.payload.facts.length, 1)
        assert.strictEqual(receipt.payload.correlationId, "trip-7")
        const again = yield* request(address, { data: { room, client: { id: 2 }, date: "2022-12-12" } }, {})
        assertDescribed("RoomAlreadyBooked", again)
      }
      const invalid = yield* request(address, { data: {} }, {})
      assertDescribed("problem", invalid)
    })
  )
})
