import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Queue, Schedule } from "effect"
import * as Subject from "#layers/codec/Subject.ts"
import { academyBoard } from "#test/boards/academyBoard.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import { ServedBoard, servedBoard } from "#test/support/servedBoard.ts"
import { listen } from "#test/support/serverSentEvents.ts"

const [course, product, order] = [{ id: "logic" }, { id: "book" }, { id: "first" }]
const students = [{ id: "ann" }, { id: "bob" }]
const subjectsOf = (events: ReadonlyArray<any>) => events.map(({ natssubject }) => natssubject as string)

const send = Effect.fnUntraced(function* (path: string, data: object) {
  const { body, status } = yield* (yield* ServedBoard).put(`/${path}`, { data })
  assert.isBelow(status, 300, JSON.stringify(body))
  return body as { readonly seq: number; readonly facts: ReadonlyArray<{ readonly position: number }> }
})

const get = Effect.fnUntraced(function* (path: string) {
  const { body, status } = yield* (yield* ServedBoard).call(path)
  assert.strictEqual(status, 200, JSON.stringify(body))
  return body
})

/** Sends commands whose events have copies and checks, and waits until the automation has answered all of them. */
const history = Effect.gen(function* () {
  yield* send("open-course", { course, capacity: 3 })
  const receipts = yield* Effect.forEach(students, (student) => send("subscribe", { course, student }))
  yield* send("open-shop", {})
  yield* send("set-price", { product, price: 3 })
  const { seq } = yield* send("order", { order, product, price: 3 })
  yield* Effect.repeat(get("/operations"), {
    until: ({ automations, facts }) => facts.StudentGreeted.count >= 2 && automations["greet-students"].lag === 0,
    schedule: Schedule.spaced("20 millis")
  })
  return { receipts, ordered: seq }
})

const counts = { CourseOpened: 1, OrderPlaced: 1, PriceSet: 1, ShopOpened: 1, StudentGreeted: 2, StudentSubscribed: 2 }
const total = Object.values(counts).reduce((sum, count) => sum + count, 0)

/** An event that is found in several boundaries is one event for everything but decisions. */
export const countedOnce = (backend: Backend) =>
  layer(
    Layer.effectDiscard(history).pipe(
      Layer.provideMerge(servedBoard(academyBoard).pipe(Layer.provideMerge(runningBoard(academyBoard, backend))))
    ),
    { excludeTestServices: true, timeout: "60 seconds" }
  )(`An event in several boundaries on ${backend.name}`, (it) => {
    it.effect("is one event of a view, an automation and the counts", () =>
      Effect.gen(function* () {
        for (const { id } of students) {
          const row = yield* get(`/students/${id}?after=${(yield* get("/operations")).position}`)
          assert.strictEqual(row.courses, 1)
        }
        const { facts, position, unknown } = yield* get("/operations")
        const found = Object.entries<any>(facts).flatMap(([type, { count }]) => (count > 0 ? [[type, count]] : []))
        assert.deepStrictEqual(Object.fromEntries(found), counts)
        assert.deepStrictEqual(unknown, {})
        assert.isAbove(position, total, "there are copies and checks")
        const earlier = yield* get(`/operations/at/${position - 1}`)
        assert.deepStrictEqual(earlier.unknown, {})
      })
    )

    it.effect("is one event of the history, of its types and lanes, and of a search", () =>
      Effect.gen(function* () {
        for (const query of [
          "",
          "?limit=3",
          "?type=StudentSubscribed",
          "?lane=academy-subscriptions",
          "?where=student:ann"
        ]) {
          const { facts } = yield* get(`/facts${query}`)
          assert.isFalse(subjectsOf(facts).some(Subject.isAuxiliary), query)
          assert.strictEqual(new Set(facts.map(({ id }: any) => id)).size, facts.length)
        }
        assert.lengthOf((yield* get("/facts")).facts, total)
        assert.lengthOf((yield* get("/facts?type=StudentSubscribed")).facts, 2)
        const { events } = yield* get("/search?q=ann")
        assert.deepStrictEqual(events.map(({ type }: any) => type).sort(), ["StudentGreeted", "StudentSubscribed"])
      })
    )

    it.effect(
      "is a copy in the history of a further event stream, also where no lane has that boundary as its own",
      () =>
        Effect.gen(function* () {
          const [original] = (yield* get("/facts?place=course/logic&limit=1")).facts
          assert.notProperty(original, "copyof")
          const copies = (yield* get("/facts?place=student/bob")).facts
          assert.deepStrictEqual(subjectsOf(copies), ["academy.student.@subscriptions.bob.student-subscribed"])
          assert.deepInclude(copies[0], {
            copyof: original.id,
            data: original.data,
            position: original.position + 1,
            subject: "student/bob"
          })
          assert.deepStrictEqual(subjectsOf((yield* get("/facts?place=catalogue/book")).facts), [
            "academy.catalogue.@prices.book.price-set"
          ])
        })
    )

    it.effect("is one step of a causation, with what followed from it", () =>
      Effect.gen(function* () {
        const [{ position }] = (yield* get("/facts?type=StudentSubscribed&limit=1")).facts
        for (const about of [position, position + 1]) {
          const { complete, steps } = yield* get(`/facts/${about}/why`)
          const found = steps.flatMap((step: any) => step.facts ?? step.events ?? [])
          const subjects = subjectsOf(found).filter((subject) => !Subject.isAuxiliary(subject))
          assert.lengthOf(
            subjects.filter((subject) => subject.endsWith("student-subscribed")),
            1
          )
          assert.isTrue(complete)
        }
      })
    )

    it.effect("is sent once to listeners", () =>
      Effect.gen(function* () {
        const { url } = yield* ServedBoard
        const { events } = yield* listen(`${url}/events?after=1`)
        const seen: Array<any> = []
        while (seen.length < total - 1) {
          const { data } = yield* Queue.take(events)
          if (data.natssubject !== undefined) seen.push(data)
        }
        assert.isFalse(subjectsOf(seen).some(Subject.isAuxiliary))
        assert.strictEqual(new Set(seen.map(({ id }) => id)).size, seen.length)
      }).pipe(Effect.scoped)
    )

    it.effect("has the channels of its lane only, in the AsyncAPI document", () =>
      Effect.gen(function* () {
        const document = yield* get("/asyncapi.json")
        assert.notInclude(JSON.stringify(document.channels), "@")
      })
    )
  })
