import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Layer, Schedule } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { start } from "#layers/http/server/httpServer.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"

const host = "127.0.0.1"

/** A log whose reads can be blocked until they are released, and the number of concurrent reads. */
const blockableLog = () => {
  const release = Deferred.makeUnsafe<void>()
  const reads = { open: 0, maxOpen: 0, isBlocked: false }
  const backend = {
    ...memoryBackend,
    services: (board: typeof hotelBooking) =>
      Layer.effect(
        LogReader,
        Effect.map(LogReader, (reader) => {
          const wait = <A, E, R>(read: Effect.Effect<A, E, R>) =>
            Effect.suspend(() => {
              if (!reads.isBlocked) return read
              reads.maxOpen = Math.max(reads.maxOpen, ++reads.open)
              return Effect.ensuring(
                Effect.andThen(Deferred.await(release), read),
                Effect.sync(() => {
                  reads.open--
                })
              )
            })
          return LogReader.of({
            ...reader,
            readPage: (after, upTo) => wait(reader.readPage(after, upTo)),
            replay: (types, after, upTo, take) => wait(reader.replay(types, after, upTo, take))
          })
        })
      ).pipe(Layer.provideMerge(Memory.layer(board)))
  }
  return { backend: backend as typeof memoryBackend, release: Deferred.succeed(release, undefined), reads }
}

const book = (url: string, date: string) =>
  fetch(`${url}/mutation/book-room`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: { room: { id: 1 }, client: { id: 1 }, date } })
  }).then(({ status }) => status)

const until = (condition: () => boolean) =>
  Effect.repeat(Effect.sync(condition), { until: (is) => is, schedule: Schedule.spaced("5 millis") })

const scans = (url: string, path: string, count: number, signal?: AbortSignal) => {
  const answers: Array<{ readonly status: number; readonly code?: string; readonly after: string | null }> = []
  const request = async () => {
    const answer = await fetch(url + path, { ...(signal && { signal }) })
    const body = (await answer.json()) as { readonly code?: string }
    answers.push({
      status: answer.status,
      after: answer.headers.get("retry-after"),
      ...(body.code !== undefined && { code: body.code })
    })
  }
  for (let n = 0; n < count; n++) void request().catch(() => {})
  return answers
}

for (const [name, path] of [
  ["causation", "/facts/1/why"],
  ["events by correlation", "/facts?correlation=1_2031-01-01"],
  ["rows as of a position", "/views/rooms?at=1"],
  ["counts as of a position", "/operations/at/1"]
] as const) {
  it.live(`of 64 requests for ${name} two run and eight wait, the others get 503, and commands go on`, () => {
    const { backend, release, reads } = blockableLog()
    return Effect.gen(function* () {
      const { url } = yield* start(hotelBooking, { host, port: 0 })
      const added = yield* Effect.promise(() =>
        fetch(`${url}/mutation/add-room`, {
          method: "PUT",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ data: { room: { id: 1 } } })
        })
      )
      assert.isTrue(added.ok, `${added.status}`)
      yield* Effect.promise(() => fetch(`${url}/operations`).then((answer) => answer.text()))
      reads.isBlocked = true
      const answers = scans(url, path, 64)
      yield* until(() => answers.length === 54)
      assert.strictEqual(reads.open, 2)
      for (const { after, code, status } of answers)
        assert.deepStrictEqual([status, code, after], [503, "TooBusy", "2"])
      assert.strictEqual(yield* Effect.promise(() => book(url, "2031-01-01")), 201)
      yield* release
      yield* until(() => answers.length === 64)
      // The waiting ones succeed too, unless they have waited for more than three seconds on a slow machine.
      assert.isAtLeast(answers.filter(({ status }) => status === 200).length, 2)
      assert.strictEqual(reads.maxOpen, 2)
    }).pipe(Effect.scoped, Effect.provide(Layer.fresh(runningBoard(hotelBooking, backend))))
  })
}

it.live("a client that disconnects ends its scan at once", () => {
  const { backend, reads } = blockableLog()
  return Effect.gen(function* () {
    const { url } = yield* start(hotelBooking, { host, port: 0 })
    yield* Effect.promise(() => fetch(`${url}/operations`).then((answer) => answer.text()))
    reads.isBlocked = true
    const leaving = new AbortController()
    scans(url, "/facts/1/why", 10, leaving.signal)
    yield* until(() => reads.open === 2)
    leaving.abort()
    yield* until(() => reads.open === 0)
  }).pipe(Effect.scoped, Effect.provide(Layer.fresh(runningBoard(hotelBooking, backend))))
})
