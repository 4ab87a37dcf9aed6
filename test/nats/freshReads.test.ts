import { EventLog } from "#layers/EventLog.ts"
import { eventLog } from "#layers/nats/freshReads.ts"
import { Requests } from "#layers/nats/Requests.ts"
import { codecOf } from "#layers/wire/CloudEvent.ts"
import type { Msg } from "@nats-io/transport-node"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import { BookBorrowed, ann, library } from "../library/board.ts"
import { freshBook, origin } from "../support/library.ts"

const books = Array.from({ length: 5 }, freshBook)
const base64 = (text: string) => Buffer.from(text).toString("base64")

/** The log, as its leader stores it. */
const stored = books.map((book, n) => {
  const subject = `library.book.lending.${book.id}.book-borrowed`
  const fact = new BookBorrowed({ book, reader: ann })
  const said = { ...origin(book.id), id: book.id, subject, place: `book/${book.id}`, index: 1, fact }
  const { data, headers } = codecOf(library).encode(said)
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  return { subject, seq: n + 1, hdrs: base64(`NATS/1.0\r\n${lines}\r\n`), data: base64(data) }
})

/** A leader that has taken in so much of it when it is elected, and the rest a moment later. */
const leader = (atFirst: number) => {
  let known = atFirst
  const one = (_: string, query: string) =>
    Effect.sync(() => {
      const { seq } = JSON.parse(query) as { readonly seq: number }
      const message = stored.find((each) => each.seq >= seq && each.seq <= known)
      return { json: () => (message ? { message } : { error: { err_code: 10037, description: "no message" } }) } as Msg
    })
  return { requests: { one } as unknown as Requests["Service"], catchUp: () => void (known = stored.length) }
}

it.effect("a leader that has not taken in all yet does not make facts pass by", () =>
  Effect.gen(function* () {
    const { catchUp, requests } = leader(2)
    const between = Effect.flatMap(EventLog, (log) => log.between(["BookBorrowed"], 0, 5)).pipe(
      Effect.provide(
        eventLog(library).pipe(
          Layer.provide(Layer.succeed(Requests, requests)),
          Layer.provide(Layer.succeed(EventLog, {} as EventLog["Service"]))
        )
      )
    )
    const reading = yield* Effect.forkChild(between)
    yield* Effect.yieldNow
    yield* TestClock.adjust("100 millis")
    catchUp()
    yield* TestClock.adjust("100 millis")
    assert.deepStrictEqual(
      (yield* Fiber.join(reading)).map(({ position }) => position),
      [1, 2, 3, 4, 5]
    )
  })
)
