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

/** Room 1 is added and booked; the hotel answers until the scope ends. */
const opened = Effect.fnUntraced(function* (ground: Backend, guest: number) {
  const { url } = yield* Effect.provide(
    start(hotelBooking, { host: "127.0.0.1", port: 0 }),
    yield* Layer.build(Layer.fresh(runningBoard(hotelBooking, ground)))
  )
  const { seq: added } = yield* put(url, "/mutation/add-room", { room: { id: 1 } })
  const booked = yield* put(url, "/mutation/book-room", { room: { id: 1 }, client: { id: guest }, date: "2022-12-12" })
  return { url, seq: booked.seq ?? added, added }
})

/** What a browser keeps as its last event. */
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

it.live("another run of a log in memory: no 304 for another row or list, and no event is skipped", () =>
  Effect.gen(function* () {
    const one = yield* opened(memoryBackend, 1)
    const two = yield* opened(memoryBackend, 2)
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

it.live("a position of this log goes on behind it, with and without the log's name", () =>
  Effect.gen(function* () {
    const { added, url } = yield* opened(memoryBackend, 1)
    const { log } = (yield* get(url, "/operations")).body
    const asked: ReadonlyArray<readonly [string, Readonly<Record<string, string>>]> = [
      ["", { "last-event-id": `${added}` }],
      ["", { "last-event-id": `${added}@${log}` }],
      [`?after=${added}@${log}`, {}],
      [`?after=${added}`, {}]
    ]
    for (const [query, headers] of asked) {
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

it.live("a restored log is the same log, and its positions are told from those before", () =>
  Effect.gen(function* () {
    const file = join(yield* temporaryFolder, "hotel.backup")
    const quiet = () => Effect.void
    const one = yield* testServer({ syncInterval: "2m" })
    const grounded = (servers: string): Backend => ({
      name: servers,
      services: (board) => NatsServices.layer(board, { servers, replicas: 1 }).pipe(Layer.orDie)
    })
    const before = yield* Effect.gen(function* () {
      const { seq, url } = yield* opened(grounded(one.url), 1)
      yield* backup(hotelBooking, file, quiet).pipe(Effect.provide(Nats.layer(one.url)))
      // Acknowledged after the backup: its position will be another event's.
      const { seq: cut } = yield* put(url, "/mutation/book-room", { room: { id: 1 }, client, date: "2022-12-13" })
      const path = `/rooms/1/nights/2022-12-13?after=${cut}`
      return { cut, path, seq, etag: (yield* get(url, path)).etag, id: yield* lastId(url, seq) }
    }).pipe(Effect.scoped)

    const two = yield* testServer({ syncInterval: "2m" })
    yield* restore(hotelBooking, file, 1, quiet).pipe(Effect.provide(Nats.layer(two.url)))
    const { url } = yield* Effect.provide(
      start(hotelBooking, { host: "127.0.0.1", port: 0 }),
      yield* Layer.build(Layer.fresh(runningBoard(hotelBooking, grounded(two.url))))
    )
    const { seq } = yield* put(url, "/mutation/book-room", { room: { id: 1 }, client: { id: 2 }, date: "2022-12-13" })
    assert.isAtMost(seq, before.cut)
    yield* put(url, "/mutation/book-room", { room: { id: 1 }, client: { id: 2 }, date: "2022-12-14" })
    const again = yield* get(url, before.path, { "if-none-match": before.etag })
    assert.deepStrictEqual([again.status, again.body.client], [200, { id: 2 }])
    const { events } = yield* listen(`${url}/events`, { "last-event-id": before.id })
    assert.strictEqual((yield* Queue.take(events)).event, "reset")
  }).pipe(Effect.scoped)
)
