import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Schedule } from "effect"
import { Parking } from "#layers/deadLetters/DeadLetters.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Views } from "#layers/views/Views.ts"
import { ann, BookBorrowed, library, shelf } from "#test/boards/libraryBoard.ts"
import { Served, servedOn } from "#test/support/http.ts"
import { freshBook, placeOf } from "#test/support/library.ts"
import { type Ground, running } from "#test/support/services.ts"

/** How somebody puts `{}` on a subject of the log, past the app, and how the audit is read. */
export interface Past {
  readonly stray: (subject: string) => Effect.Effect<number>
  readonly audited: (kind: "voided" | "dismissed", position: number) => Effect.Effect<unknown>
}

const asked = Effect.fnUntraced(function* (path: string, data: object) {
  const { put } = yield* Served
  return yield* put(path, { data })
})

const posted = Effect.fnUntraced(function* (path: string, body: unknown) {
  const { call } = yield* Served
  return yield* call(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body)
  })
})
const because = { reason: "a typing error", by: "Ops" }
const voided = (position: number, body: unknown = because) => posted(`/operations/void/${position}`, body)
const dismissed = (id: string, body: unknown = because) => posted(`/operations/parked/${id}/dismiss`, body)

/** A body that says not, or not well, why something is done; and which field is wrong. */
const wrongBodies = [
  [{}, "reason"],
  [{ reason: " " }, "reason"],
  [{ reason: "x".repeat(1_001) }, "reason"],
  [{ reason: "x", by: "" }, "by"],
  [{ reason: "x", why: "y" }, "why"]
] as const

/** What is parked on these positions, once it is so much. */
const parkedOn = (positions: ReadonlyArray<number>, count: number) =>
  Effect.flatMap(Parking, ({ all }) =>
    all.pipe(
      Effect.map((parked) => parked.filter(({ position }) => positions.includes(position))),
      Effect.repeat({ until: (parked) => parked.length === count, schedule: Schedule.spaced("10 millis") })
    )
  )

const read = (book: { readonly id: string }) => Effect.flatMap(EventLog, (log) => log.read(placeOf(book)))

/** A message that the board cannot read makes its event stream unusable, until an operator voids it. */
export const voiding = (ground: Ground, { audited, stray }: Past) =>
  layer(servedOn(library).pipe(Layer.provideMerge(running(library, ground))), { excludeTestServices: true })(
    `A voided position on ${ground.name}`,
    (it) => {
      it.effect("is treated as absent by decisions, views and automations, though it hid an event", () =>
        Effect.gen(function* () {
          const views = yield* Views
          const { call } = yield* Served
          const book = freshBook()
          yield* asked("/acquire", { book, title: "" })
          yield* asked("/borrow", { book, reader: ann })
          const position = yield* stray(`library.book.lending.${book.id}.book-borrowed`)
          const stuck = yield* asked("/return", { book, reader: ann })
          assert.deepStrictEqual(
            [stuck.status, stuck.body.code, stuck.body.position],
            [503, "FactUnreadable", position]
          )
          yield* parkedOn([position], 1)

          const answer = yield* voided(position)
          assert.deepInclude(answer.body, { position, reason: "a typing error", by: "Ops", deadLetters: 0 })
          yield* parkedOn([position], 0)
          assert.deepInclude(yield* audited("voided", position), { position, reason: "a typing error", by: "Ops" })
          const past = yield* read(book)
          assert.deepStrictEqual([past.position, past.count, past.facts.length], [position, 2, 2])

          assert.strictEqual((yield* asked("/return", { book, reader: ann })).status, 201)
          const shelved = yield* read(book).pipe(
            Effect.repeat({ until: ({ count }) => count === 4, schedule: Schedule.spaced("10 millis") })
          )
          assert.deepStrictEqual(
            shelved.facts.map(({ fact, index }) => [fact._tag, index]),
            [
              ["BookAcquired", 1],
              ["BookBorrowed", 2],
              ["BookReturned", 3],
              ["BookShelved", 4]
            ]
          )
          const borrowed = yield* asked("/borrow", { book, reader: ann })
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
            yield* asked("/acquire", { book, title: "" })
            const position = yield* stray(`library.book.lending.${book.id}.book-borrowed`)
            const [letter] = yield* parkedOn([position], 1)
            const waiting = yield* stray(`library.book.lending.${book.id}.book-borrowed`)
            const [, behind] = yield* parkedOn([position, waiting], 2)
            assert.deepInclude((yield* call("/health/ready")).body, { status: "degraded", parked: 2 })

            for (const [body, path] of wrongBodies) {
              const wrong = yield* dismissed(letter!.id, body)
              assert.deepStrictEqual([wrong.status, wrong.body.errors[0].path], [400, path])
            }
            const text = yield* call(`/operations/parked/${letter!.id}/dismiss`, { method: "POST", body: "{}" })
            assert.strictEqual(text.status, 415)
            assert.deepStrictEqual([(yield* dismissed("nothing.1")).body.code], ["NotParked"])
            const early = yield* dismissed(behind!.id)
            const told = [early.status, early.body.code, early.body.first]
            assert.deepStrictEqual(told, [409, "WaitsBehind", letter!.id])

            const answer = yield* dismissed(letter!.id)
            const said = { id: letter!.id, consumer: letter!.by, position, place: `book/${book.id}`, ...because }
            assert.deepInclude(answer.body, { ...said, cause: letter!.reason, type: letter!.type, taken: 0 })
            assert.deepInclude(yield* audited("dismissed", position), { ...said, cause: letter!.reason })
            assert.strictEqual((yield* dismissed(letter!.id)).body.code, "NotParked")
            assert.deepInclude((yield* dismissed(behind!.id, { reason: "the same again" })).body, { by: "operator" })
            yield* parkedOn([position, waiting], 0)
            assert.deepInclude((yield* call("/health/ready")).body, { status: "ready", parked: 0 })

            const seen = (yield* call(`/facts/${position}`)).body
            assert.strictEqual(seen.dismissed.length, 1)
            assert.deepInclude(seen.dismissed[0], { consumer: letter!.by, ...because })
            assert.isUndefined(seen.voided)
            assert.strictEqual((yield* asked("/borrow", { book, reader: ann })).body.code, "FactUnreadable")
            for (const at of [position, waiting]) yield* voided(at)
            const { body } = yield* asked("/borrow", { book, reader: ann })
            assert.deepInclude(yield* views.get(shelf, { book }, body.seq), { where: "ann", loans: 1 })
          })
      )

      it.effect("may stand where nothing else does, and be of a type that the board does not know", () =>
        Effect.gen(function* () {
          const book = freshBook()
          const first = yield* stray(`library.book.stock.${book.id}.book-acquired`)
          const second = yield* stray(`library.book.lending.${book.id}.book-exploded`)
          assert.strictEqual((yield* asked("/acquire", { book, title: "" })).status, 503)
          yield* voided(first)
          const still = yield* asked("/acquire", { book, title: "" })
          assert.deepStrictEqual([still.status, still.body.position], [503, second])
          yield* voided(second)
          assert.strictEqual((yield* asked("/acquire", { book, title: "" })).status, 201)
          const { count, facts } = yield* read(book)
          assert.deepStrictEqual([count, facts.map(({ index }) => index)], [1, [1]])
          assert.strictEqual((yield* asked("/borrow", { book, reader: ann })).status, 201)
          assert.strictEqual((yield* read(book)).facts.at(-1)!.fact._tag, BookBorrowed.identifier)
        })
      )

      it.effect("is one that the board cannot read, and is named with a reason", () =>
        Effect.gen(function* () {
          const { call } = yield* Served
          const book = freshBook()
          const acquired = yield* asked("/acquire", { book, title: "" })
          const readable = yield* voided(acquired.body.seq)
          assert.deepStrictEqual([readable.status, readable.body.code], [409, "PositionReadable"])
          assert.deepStrictEqual([(yield* voided(999_999)).body.code], ["NoSuchPosition"])
          const position = yield* stray("library.nowhere")
          assert.deepInclude((yield* call(`/facts/${position}/why`)).body, { position, correlationId: "" })
          for (const [body, path] of wrongBodies) {
            const wrong = yield* voided(position, body)
            assert.deepStrictEqual([wrong.status, wrong.body.errors[0].path], [400, path])
          }
          const text = yield* call(`/operations/void/${position}`, { method: "POST", body: "reason" })
          assert.strictEqual(text.status, 415)
          const first = (yield* voided(position, { reason: "first" })).body
          const again = (yield* voided(position, { reason: "second" })).body
          assert.deepInclude(again, { reason: "first", by: "operator", time: first.time })
        })
      )
    }
  )
