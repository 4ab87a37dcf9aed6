import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Queue } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { backup } from "#layers/nats/backup/createBackup.ts"
import { restore } from "#layers/nats/backup/restoreBackup.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import * as NatsServices from "#layers/nats/natsServices.ts"
import { type Backend, memoryBackend, runningBoard } from "#test/support/backends.ts"
import { listen } from "#test/support/serverSentEvents.ts"
import { temporaryFolder, testServer } from "#test/support/testServer.ts"

const night = "/rooms/1/nights/2022-12-12"
const client = { id: 1 }

const put = (url: string, path: string, data: object) =>
  Effect.promise(async () => {
    const headers = { "content-type": "application/json" }
    const answer = await fetch(`${url}${path}`, { method: "PUT", headers, body: JSON.stringify({ data }) })
    return (await answer.json()) as { readonly seq: number }
  })

const get = (url: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
  Effect.promise(async () => {
    const answer = await fetch(`${url}${path}`, { headers })
    return {
      status: answer.status,
      etag: answer.headers.get("etag")!,
      body: (await answer.json().catch(() => null)) as any
    }
  })

/** A hotel in which room 1 is added and booked, served until the scope closes. */
const servedBooking = Effect.fnUntraced(function* (backend: Backend, guest: number) {
  const { url } = yield* Effect.provide(
    start(hotelBooking, { host: "127.0.0.1", port: 0 }),
    yield* Layer.build(Layer.fresh(runningBoard(hotelBooking, backend)))
  )
  const { seq: added } = yield* put(url, "/mutation/add-room", { room: { id: 1 } })
  const booked = yield* put(url, "/mutation/book-room", { room: { id: 1 }, client: { id: guest }, date: "2022-12-12" })
  return { url, seq: booked.seq ?? added, added }
})

/** The last event id that a browser would keep. */
const lastId = (url: string, after: number) =>
  Effect.promise(async () => {
    const abort = new AbortController()
    const answer = await fetch(`${url}/events?after=${after}`, { signal: abort.signal })
    let text = ""
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const ids = [...text.matchAll(/^id: (.*)$/gmu)].map(([, id]) => id!)
      if (ids.length > 0) {
        abort.abort()
        return ids.at(-1)!
      }
    }
    return ""
  })

it.live("after another run of a log in memory, an old ETag gets no 304, and no event is skipped", () =>
  Effect.gen(function* () {
    const one = yield* servedBooking(memoryBackend, 1)
    const two = yield* servedBooking(memoryBackend, 2)
    for (const path of [`${night}?after=${one.seq}`, `/views/booking?after=${one.seq}`, "/rooms?after=1"]) {
      const { etag } = yield* get(one.url, path)
      assert.strictEqual((yield* get(one.url, path, { "if-none-match": etag })).status, 304, path)
      assert.strictEqual((yield* get(two.url, path, { "if-none-match": etag })).status, 200, path)
    }
    const id = yield* lastId(one.url, one.added)
    const { events } = yield* listen(`${two.url}/events`, { "last-event-id": id })
    const reset = yield* Queue.take(events)
    assert.strictEqual(reset.event, "reset")
    assert.notInclude(id, reset.data.log)
    assert.strictEqual((yield* get(two.url, "/operations")).body.log, reset.data.log)
    const { seq } = yield* put(two.url, "/mutation/add-room", { room: { id: 2 } })
    const next = yield* Queue.take(events)
    assert.deepStrictEqual([next.event, next.id], ["fact", seq])
  }).pipe(Effect.scoped)
)

it.live("the feed resumes after a position of this log, with and without the log's name", () =>
  Effect.gen(function* () {
    const { added, url } = yield* servedBooking(memoryBackend, 1)
    const { log } = (yield* get(url, "/operations")).body
    const requests: ReadonlyArray<readonly [string, Readonly<Record<string, string>>]> = [
      ["", { "last-event-id": `${added}` }],
      ["", { "last-event-id": `${added}@${log}` }],
      [`?after=${added}@${log}`, {}],
      [`?after=${added}`, {}]
    ]
    for (const [query, headers] of requests) {
      const { events } = yield* listen(`${url}/events${query}`, headers)
      const { event, id } = yield* Queue.take(events)
      assert.deepStrictEqual([event, id], ["fact", added + 1], JSON.stringify([query, headers]))
    }
    const foreign = yield* listen(`${url}/events?after=${added}@another-log`)
    assert.strictEqual((yield* Queue.take(foreign.events)).event, "reset")
    const ahead = yield* listen(`${url}/events`, { "last-event-id": `999@${log}` })
    assert.strictEqual((yield* Queue.take(ahead.events)).event, "reset")
    for (const id of ["1@", "@x", "1@a@b", "01", "1e3"]) {
      assert.strictEqual((yield* get(url, "/events", { "last-event-id": id })).status, 400, id)
    }
  }).pipe(Effect.scoped)
)

it.live("positions of a restored log are distinguished from those before the restore", () =>
  Effect.gen(function* () {
    const file = join(yield* temporaryFolder, "hotel.backup")
    const noProgress = () => Effect.void
    const one = yield* testServer({ syncInterval: "2m" })
    const natsBackendOn = (servers: string): Backend => ({
      name: servers,
      services: (board) => NatsServices.layer(board, { servers, replicas: 1 }).pipe(Layer.orDie)
    })
    const before = yield* Effect.gen(function* () {
      const { seq, url } = yield* servedBooking(natsBackendOn(one.url), 1)
      yield* backup(hotelBooking, file, noProgress).pipe(Effect.provide(Nats.layer(one.url)))
      // Acknowledged after the backup: its position will be another event's.
      const { seq: lost } = yield* put(url, "/mutation/book-room", { room: { id: 1 }, client, date: "2022-12-13" })
      const path = `/rooms/1/nights/2022-12-13?after=${lost}`
      return { lost, path, seq, etag: (yield* get(url, path)).etag, id: yield* lastId(url, seq) }
    }).pipe(Effect.scoped)

    const two = yield* testServer({ syncInterval: "2m" })
    yield* restore(hotelBooking, file, 1, noProgress).pipe(Effect.provide(Nats.layer(two.url)))
    const { url } = yield* Effect.provide(
      start(hotelBooking, { host: "127.0.0.1", port: 0 }),
      yield* Layer.build(Layer.fresh(runningBoard(hotelBooking, natsBackendOn(two.url))))
    )
    const { seq } = yield* put(url, "/mutation/book-room", { room: { id: 1 }, client: { id: 2 }, date: "2022-12-13" })
    assert.isAtMost(seq, before.lost)
    yield* put(url, "/mutation/book-room", { room: { id: 1 }, client: { id: 2 }, date: "2022-12-14" })
    const again = yield* get(url, before.path, { "if-none-match": before.etag })
    assert.deepStrictEqual([again.status, again.body.client], [200, { id: 2 }])
    const { events } = yield* listen(`${url}/events`, { "last-event-id": before.id })
    assert.strictEqual((yield* Queue.take(events)).event, "reset")
  }).pipe(Effect.scoped)
)
