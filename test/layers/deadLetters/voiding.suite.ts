import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Schedule } from "effect"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Views } from "#layers/views/Views.ts"
import { ann, BookBorrowed, library, shelf } from "#test/boards/libraryBoard.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import { freshBook, streamIdOf } from "#test/support/libraryFixtures.ts"
import { ServedBoard, servedBoard } from "#test/support/servedBoard.ts"

/** Appends `{}` to a subject of the log without the app, and reads the audit. */
export interface LogBypass {
  readonly appendUndecodable: (subject: string) => Effect.Effect<number>
  readonly readAudit: (kind: "voided" | "dismissed", position: number) => Effect.Effect<unknown>
}

const putCommand = Effect.fnUntraced(function* (path: string, data: object) {
  const { put } = yield* ServedBoard
  return yield* put(path, { data })
})

const post = Effect.fnUntraced(function* (path: string, body: unknown) {
  const { call } = yield* ServedBoard
  return yield* call(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body)
  })
})
const reasonAndName = { reason: "a typing error", by: "Ops" }
const voidPosition = (position: number, body: unknown = reasonAndName) => post(`/operations/void/${position}`, body)
const dismiss = (id: string, body: unknown = reasonAndName) => post(`/operations/parked/${id}/dismiss`, body)

/** Bodies with a missing or invalid reason or name, and the path of the field error. */
const invalidBodies = [
  [{}, "reason"],
  [{ reason: " " }, "reason"],
  [{ reason: "x".repeat(1_001) }, "reason"],
  [{ reason: "x", by: "" }, "by"],
  [{ reason: "x", why: "y" }, "why"]
] as const

/** Waits until there are `count` dead letters at these positions. */
const deadLettersOn = (positions: ReadonlyArray<number>, count: number) =>
  Effect.flatMap(DeadLetters, ({ all }) =>
    all.pipe(
      Effect.map((deadLetters) => deadLetters.filter(({ position }) => positions.includes(position))),
      Effect.repeat({ until: (deadLetters) => deadLetters.length === count, schedule: Schedule.spaced("10 millis") })
    )
  )

const read = (book: { readonly id: string }) => Effect.flatMap(EventLog, (log) => log.read(streamIdOf(book)))

/** An undecodable message makes its event stream unusable until an operator voids its position. */
export const voiding = (backend: Backend, { readAudit, appendUndecodable }: LogBypass) =>
  layer(servedBoard(library).pipe(Layer.provideMerge(runningBoard(library, backend))), { excludeTestServices: true })(
    `A voided position on ${backend.name}`,
    (it) => {
      it.effect(
        "is treated as absent by decisions, views and automations, also if it hides an event of the same subject",
        () =>
          Effect.gen(function* () {
            const views = yield* Views
            const { call } = yield* ServedBoard
            const book = freshBook()
            yield* putCommand("/acquire", { book, title: "" })
            yield* putCommand("/borrow", { book, reader: ann })
            const position = yield* appendUndecodable(`library.book.lending.${book.id}.book-borrowed`)
            const rejected = yield* putCommand("/return", { book, reader: ann })
            assert.deepStrictEqual(
              [rejected.status, rejected.body.code, rejected.body.position],
              [503, "FactUnreadable", position]
            )
            yield* deadLettersOn([position], 1)

            const response = yield* voidPosition(position)
            assert.deepInclude(response.body, { position, reason: "a typing error", by: "Ops", deadLetters: 0 })
            yield* deadLettersOn([position], 0)
            assert.deepInclude(yield* readAudit("voided", position), { position, reason: "a typing error", by: "Ops" })
            const history = yield* read(book)
            assert.deepStrictEqual([history.position, history.count, history.events.length], [position, 2, 2])

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

            const entry = (yield* call(`/facts/${position}`)).body
            assert.deepInclude(entry.voided, { reason: "a typing error", by: "Ops" })
            const list = (yield* call(`/facts?place=book/${book.id}`)).body.facts
            assert.strictEqual(list.filter((each: any) => each.voided).length, 1)
          })
      )

      it.effect(
        "is not needed for views and automations to go on, if its dead letters are dismissed; decisions need it",
        () =>
          Effect.gen(function* () {
            const views = yield* Views
            const { call } = yield* ServedBoard
            const book = freshBook()
            yield* putCommand("/acquire", { book, title: "" })
            const position = yield* appendUndecodable(`library.book.lending.${book.id}.book-borrowed`)
            const [letter] = yield* deadLettersOn([position], 1)
            const secondPosition = yield* appendUndecodable(`library.book.lending.${book.id}.book-borrowed`)
            const [, blocked] = yield* deadLettersOn([position, secondPosition], 2)
            assert.deepInclude((yield* call("/health/ready")).body, { status: "degraded", parked: 2 })

            for (const [body, path] of invalidBodies) {
              const invalid = yield* dismiss(letter!.id, body)
              assert.deepStrictEqual([invalid.status, invalid.body.errors[0].path], [400, path])
            }
            const text = yield* call(`/operations/parked/${letter!.id}/dismiss`, { method: "POST", body: "{}" })
            assert.strictEqual(text.status, 415)
            assert.deepStrictEqual([(yield* dismiss("nothing.1")).body.code], ["NotParked"])
            const early = yield* dismiss(blocked!.id)
            assert.deepStrictEqual([early.status, early.body.code, early.body.first], [409, "WaitsBehind", letter!.id])

            const response = yield* dismiss(letter!.id)
            const dismissal = {
              id: letter!.id,
              consumer: letter!.by,
              position,
              place: `book/${book.id}`,
              ...reasonAndName
            }
            assert.deepInclude(response.body, { ...dismissal, cause: letter!.reason, type: letter!.type, taken: 0 })
            assert.deepInclude(yield* readAudit("dismissed", position), { ...dismissal, cause: letter!.reason })
            assert.strictEqual((yield* dismiss(letter!.id)).body.code, "NotParked")
            assert.deepInclude((yield* dismiss(blocked!.id, { reason: "the same again" })).body, { by: "operator" })
            yield* deadLettersOn([position, secondPosition], 0)
            assert.deepInclude((yield* call("/health/ready")).body, { status: "ready", parked: 0 })

            const entry = (yield* call(`/facts/${position}`)).body
            assert.strictEqual(entry.dismissed.length, 1)
            assert.deepInclude(entry.dismissed[0], { consumer: letter!.by, ...reasonAndName })
            assert.isUndefined(entry.voided)
            assert.strictEqual((yield* putCommand("/borrow", { book, reader: ann })).body.code, "FactUnreadable")
            for (const at of [position, secondPosition]) yield* voidPosition(at)
            const { body } = yield* putCommand("/borrow", { book, reader: ann })
            assert.deepInclude(yield* views.get(shelf, { book }, body.seq), { where: "ann", loans: 1 })
          })
      )

      it.effect("may be the first of its event stream, and of a type that the board does not know", () =>
        Effect.gen(function* () {
          const book = freshBook()
          const first = yield* appendUndecodable(`library.book.stock.${book.id}.book-acquired`)
          const second = yield* appendUndecodable(`library.book.lending.${book.id}.book-exploded`)
          assert.strictEqual((yield* putCommand("/acquire", { book, title: "" })).status, 503)
          yield* voidPosition(first)
          const stillFailing = yield* putCommand("/acquire", { book, title: "" })
          assert.deepStrictEqual([stillFailing.status, stillFailing.body.position], [503, second])
          yield* voidPosition(second)
          assert.strictEqual((yield* putCommand("/acquire", { book, title: "" })).status, 201)
          const { count, events } = yield* read(book)
          assert.deepStrictEqual([count, events.map(({ streamRevision }) => streamRevision)], [1, [1]])
          assert.strictEqual((yield* putCommand("/borrow", { book, reader: ann })).status, 201)
          assert.strictEqual((yield* read(book)).events.at(-1)!.event._tag, BookBorrowed.identifier)
        })
      )

      it.effect("has an undecodable message, and is declared with a reason", () =>
        Effect.gen(function* () {
          const { call } = yield* ServedBoard
          const book = freshBook()
          const acquired = yield* putCommand("/acquire", { book, title: "" })
          const readable = yield* voidPosition(acquired.body.seq)
          assert.deepStrictEqual([readable.status, readable.body.code], [409, "PositionReadable"])
          assert.deepStrictEqual([(yield* voidPosition(999_999)).body.code], ["NoSuchPosition"])
          const position = yield* appendUndecodable("library.nowhere")
          assert.deepInclude((yield* call(`/facts/${position}/why`)).body, { position, correlationId: "" })
          for (const [body, path] of invalidBodies) {
            const invalid = yield* voidPosition(position, body)
            assert.deepStrictEqual([invalid.status, invalid.body.errors[0].path], [400, path])
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
