import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Schedule } from "effect"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Views } from "#layers/views/Views.ts"
import { ann, BookBorrowed, library, shelf } from "#test/boards/libraryBoard.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import { freshBook, streamIdOf } from "#test/support/libraryFixtures.ts"
import { Served, servedOn } from "#test/support/servedHttp.ts"

/** How somebody puts `{}` on a subject of the log, past the app, and how the audit is read. */
export interface LogBypass {
  readonly putStrayMessage: (subject: string) => Effect.Effect<number>
  readonly readAudit: (kind: "voided" | "dismissed", position: number) => Effect.Effect<unknown>
}

const putCommand = Effect.fnUntraced(function* (path: string, data: object) {
  const { put } = yield* Served
  return yield* put(path, { data })
})

const post = Effect.fnUntraced(function* (path: string, body: unknown) {
  const { call } = yield* Served
  return yield* call(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body)
  })
})
const reasonAndName = { reason: "a typing error", by: "Ops" }
const voidPosition = (position: number, body: unknown = reasonAndName) => post(`/operations/void/${position}`, body)
const dismiss = (id: string, body: unknown = reasonAndName) => post(`/operations/parked/${id}/dismiss`, body)

/** A body that says not, or not well, why something is done; and which field is wrong. */
const invalidBodies = [
  [{}, "reason"],
  [{ reason: " " }, "reason"],
  [{ reason: "x".repeat(1_001) }, "reason"],
  [{ reason: "x", by: "" }, "by"],
  [{ reason: "x", why: "y" }, "why"]
] as const

/** What is parked on these positions, once it is so much. */
const deadLettersOn = (positions: ReadonlyArray<number>, count: number) =>
  Effect.flatMap(DeadLetters, ({ all }) =>
    all.pipe(
      Effect.map((deadLetters) => deadLetters.filter(({ position }) => positions.includes(position))),
      Effect.repeat({ until: (deadLetters) => deadLetters.length === count, schedule: Schedule.spaced("10 millis") })
    )
  )

const read = (book: { readonly id: string }) => Effect.flatMap(EventLog, (log) => log.read(streamIdOf(book)))

/** A message that the board cannot read makes its event stream unusable, until an operator voids it. */
export const voiding = (backend: Backend, { readAudit, putStrayMessage }: LogBypass) =>
  layer(servedOn(library).pipe(Layer.provideMerge(runningBoard(library, backend))), { excludeTestServices: true })(
    `A voided position on ${backend.name}`,
    (it) => {
      it.effect("is treated as absent by decisions, views and automations, though it hid an event", () =>
        Effect.gen(function* () {
          const views = yield* Views
          const { call } = yield* Served
          const book = freshBook()
          yield* putCommand("/acquire", { book, title: "" })
          yield* putCommand("/borrow", { book, reader: ann })
          const position = yield* putStrayMessage(`library.book.lending.${book.id}.book-borrowed`)
          const rejected = yield* putCommand("/return", { book, reader: ann })
          assert.deepStrictEqual(
            [rejected.status, rejected.body.code, rejected.body.position],
            [503, "FactUnreadable", position]
          )
          yield* deadLettersOn([position], 1)

          const answer = yield* voidPosition(position)
          assert.deepInclude(answer.body, { position, reason: "a typing error", by: "Ops", deadLetters: 0 })
          yield* deadLettersOn([position], 0)
          assert.deepInclude(yield* readAudit("voided", position), { position, reason: "a typing error", by: "Ops" })
          const past = yield* read(book)
          assert.deepStrictEqual([past.position, past.count, past.events.length], [position, 2, 2])

          assert.strictEqual((yield* putCommand("/return", { book, reader: ann })).status, 201)
          const shelved = yield* read(book).pipe(
            Effect.repeat({ until: ({ count }) => count === 4, schedule: Schedule.spaced("10 millis") })
          )
          assert.deepStrictEqual(
            shelved.events.map(({ event, streamRevision }) => [event._tag, streamRevision]),
            [
              ["BookAcquired", 1],
              ["BookBorrowed", 2],
              ["BookReturned", 3],
              ["BookShelved", 4]
            ]
          )
          const borrowed = yield* putCommand("/borrow", { book, reader: ann })
          assert.strictEqual(borrowed.status, 201)
          const row = yield* views.get(shelf, { book }, borrowed.body.seq)
          assert.deepInclude(row, { where: "ann", loans: 2 })
          assert.strictEqual((yield* read(book)).count, 5)

          const seen = (yield* call(`/facts/${position}`)).body
          assert.deepInclude(seen.voided, { reason: "a typing error", by: "Ops" })
          const list = (yield* call(`/facts?place=book/${book.id}`)).body.facts
          assert.strictEqual(list.filter((each: any) => each.voided).length, 1)
        })
      )

      it.effect(
        "may stay, and the dead letters on it be dismissed: those who follow the log go on, decisions do not",
        () =>
          Effect.gen(function* () {
            const views = yield* Views
            const { call } = yield* Served
            const book = freshBook()
            yield* putCommand("/acquire", { book, title: "" })
            const position = yield* putStrayMessage(`library.book.lending.${book.id}.book-borrowed`)
            const [letter] = yield* deadLettersOn([position], 1)
            const waiting = yield* putStrayMessage(`library.book.lending.${book.id}.book-borrowed`)
            const [, behind] = yield* deadLettersOn([position, waiting], 2)
            assert.deepInclude((yield* call("/health/ready")).body, { status: "degraded", parked: 2 })

            for (const [body, path] of invalidBodies) {
              const wrong = yield* dismiss(letter!.id, body)
              assert.deepStrictEqual([wrong.status, wrong.body.errors[0].path], [400, path])
            }
            const text = yield* call(`/operations/parked/${letter!.id}/dismiss`, { method: "POST", body: "{}" })
            assert.strictEqual(text.status, 415)
            assert.deepStrictEqual([(yield* dismiss("nothing.1")).body.code], ["NotParked"])
            const early = yield* dismiss(behind!.id)
            const rejection = [early.status, early.body.code, early.body.first]
            assert.deepStrictEqual(rejection, [409, "WaitsBehind", letter!.id])

            const answer = yield* dismiss(letter!.id)
            const dismissal = {
              id: letter!.id,
              consumer: letter!.by,
              position,
              place: `book/${book.id}`,
              ...reasonAndName
            }
            assert.deepInclude(answer.body, { ...dismissal, cause: letter!.reason, type: letter!.type, taken: 0 })
            assert.deepInclude(yield* readAudit("dismissed", position), { ...dismissal, cause: letter!.reason })
            assert.strictEqual((yield* dismiss(letter!.id)).body.code, "NotParked")
            assert.deepInclude((yield* dismiss(behind!.id, { reason: "the same again" })).body, { by: "operator" })
            yield* deadLettersOn([position, waiting], 0)
            assert.deepInclude((yield* call("/health/ready")).body, { status: "ready", parked: 0 })

            const seen = (yield* call(`/facts/${position}`)).body
            assert.strictEqual(seen.dismissed.length, 1)
            assert.deepInclude(seen.dismissed[0], { consumer: letter!.by, ...reasonAndName })
            assert.isUndefined(seen.voided)
            assert.strictEqual((yield* putCommand("/borrow", { book, reader: ann })).body.code, "FactUnreadable")
            for (const at of [position, waiting]) yield* voidPosition(at)
            const { body } = yield* putCommand("/borrow", { book, reader: ann })
            assert.deepInclude(yield* views.get(shelf, { book }, body.seq), { where: "ann", loans: 1 })
          })
      )

      it.effect("may stand where nothing else does, and be of a type that the board does not know", () =>
        Effect.gen(function* () {
          const book = freshBook()
          const first = yield* putStrayMessage(`library.book.stock.${book.id}.book-acquired`)
          const second = yield* putStrayMessage(`library.book.lending.${book.id}.book-exploded`)
          assert.strictEqual((yield* putCommand("/acquire", { book, title: "" })).status, 503)
          yield* voidPosition(first)
          const still = yield* putCommand("/acquire", { book, title: "" })
          assert.deepStrictEqual([still.status, still.body.position], [503, second])
          yield* voidPosition(second)
          assert.strictEqual((yield* putCommand("/acquire", { book, title: "" })).status, 201)
          const { count, events } = yield* read(book)
          assert.deepStrictEqual([count, events.map(({ streamRevision }) => streamRevision)], [1, [1]])
          assert.strictEqual((yield* putCommand("/borrow", { book, reader: ann })).status, 201)
          assert.strictEqual((yield* read(book)).events.at(-1)!.event._tag, BookBorrowed.identifier)
        })
      )

      it.effect("is one that the board cannot read, and is named with a reason", () =>
        Effect.gen(function* () {
          const { call } = yield* Served
          const book = freshBook()
          const acquired = yield* putCommand("/acquire", { book, title: "" })
          const readable = yield* voidPosition(acquired.body.seq)
          assert.deepStrictEqual([readable.status, readable.body.code], [409, "PositionReadable"])
          assert.deepStrictEqual([(yield* voidPosition(999_999)).body.code], ["NoSuchPosition"])
          const position = yield* putStrayMessage("library.nowhere")
          assert.deepInclude((yield* call(`/facts/${position}/why`)).body, { position, correlationId: "" })
          for (const [body, path] of invalidBodies) {
            const wrong = yield* voidPosition(position, body)
            assert.deepStrictEqual([wrong.status, wrong.body.errors[0].path], [400, path])
          }
          const text = yield* call(`/operations/void/${position}`, { method: "POST", body: "reason" })
          assert.strictEqual(text.status, 415)
          const first = (yield* voidPosition(position, { reason: "first" })).body
          const again = (yield* voidPosition(position, { reason: "second" })).body
          assert.deepInclude(again, { reason: "first", by: "operator", time: first.time })
        })
      )
    }
  )
