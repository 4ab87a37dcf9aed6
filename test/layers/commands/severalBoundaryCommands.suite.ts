import { assert, layer } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { Boundary, type Command } from "#domain/model/index.ts"
import { academyBoard, forgetfulAcademy } from "#test/boards/academyBoard.ts"
import * as academy from "#test/boards/academyCommands.ts"
import { CourseBoundary, freshId, NightBoundary, StudentBoundary } from "#test/boards/academyEvents.ts"
import type { SharedBackend } from "#test/support/backends.ts"
import { Instances } from "#test/support/Instances.ts"

type Process = Effect.Success<ReturnType<Instances["Service"]["start"]>>

const anybody = { actor: "Anybody" }
const newProcess = Effect.flatMap(Instances, ({ start }) => start())
const logOf = Effect.map(newProcess, ({ log }) => log)
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

/** `done`, the reason of the rejection, or the tag of the error. */
const outcomeOf = <C extends Command.Any>(
  { execute }: Process,
  command: C,
  input: Command.Input<C>,
  commandId?: string
) =>
  (
    execute(command, input, { ...anybody, commandId }) as Effect.Effect<unknown, { _tag: string; rejection?: unknown }>
  ).pipe(
    Effect.match({
      onSuccess: () => "done",
      onFailure: ({ _tag, rejection }) => (rejection as { readonly why?: string } | undefined)?.why ?? _tag
    })
  )

const countsIn = Effect.fnUntraced(function* ({ log }: Process, streamIds: ReadonlyArray<Boundary.StreamId>) {
  const histories = yield* log.readAll(streamIds)
  for (const { events } of histories) {
    assert.deepStrictEqual(
      events.map(({ streamRevision }) => streamRevision),
      numbers(events.length).map((n) => n + 1)
    )
  }
  return histories.map(({ events }) => events.filter(({ event }) => event._tag === "StudentSubscribed").length)
})

const capacity = 7

/** Sends `count` subscriptions at once, to processes in turn: few courses and students, so that most meet another one. */
const subscribeAtOnce = Effect.fnUntraced(function* (processes: ReadonlyArray<Process>, count: number) {
  const [courses, students] = [numbers(4).map(freshId), numbers(9).map(freshId)]
  yield* Effect.forEach(courses, (course) => processes[0]!.execute(academy.OpenCourse, { course, capacity }, anybody), {
    concurrency: "unbounded"
  })
  const outcomes = yield* Effect.forEach(
    numbers(count),
    (n) => {
      const input = { course: courses[n % courses.length]!, student: students[n % students.length]! }
      return outcomeOf(processes[n % processes.length]!, academy.Subscribe, input)
    },
    { concurrency: "unbounded" }
  )
  const done = outcomes.filter((outcome) => outcome === "done").length
  const inCourses = yield* countsIn(
    processes[0]!,
    courses.map((course) => Boundary.streamId(CourseBoundary, { course }))
  )
  const ofStudents = yield* countsIn(
    processes[0]!,
    students.map((student) => Boundary.streamId(StudentBoundary, { student }))
  )
  assert.isAtMost(Math.max(...inCourses), capacity)
  assert.isAtMost(Math.max(...ofStudents), academy.maxCourses)
  const sum = (counts: ReadonlyArray<number>) => counts.reduce((total, each) => total + each, 0)
  assert.deepStrictEqual([sum(inCourses), sum(ofStudents)], [done, done])
  return outcomes
})

/** Commands on several boundaries keep the rule of each, however many run at once. */
export const manySubscriptions = (backend: SharedBackend) =>
  layer(Instances.layer(academyBoard, backend), { excludeTestServices: true, timeout: "60 seconds" })(
    `Commands on several boundaries on ${backend.name}`,
    (it) => {
      it.effect.each([64, 128])(
        "%i subscriptions at once in one process: each is answered, and none is contended",
        (count) =>
          Effect.gen(function* () {
            const outcomes = yield* subscribeAtOnce([yield* newProcess], count)
            assert.sameMembers([...new Set([...outcomes, "load"])], ["done", "full", "load"])
          })
      )

      it.effect.each([64, 128])("%i subscriptions at once in two processes: each is answered", (count) =>
        Effect.gen(function* () {
          const processes = [yield* newProcess, yield* newProcess]
          const outcomes = yield* subscribeAtOnce(processes, count)
          for (const outcome of outcomes) assert.include(["done", "full", "load", "StreamContended"], outcome)
          assert.include(outcomes, "done")
        })
      )

      it.effect("two renames to one name: one is done; swapped names wait for each other", () =>
        Effect.gen(function* () {
          const [here, there] = [yield* newProcess, yield* newProcess]
          const [a, b, c] = [freshId().id, freshId().id, freshId().id]
          for (const name of [a, b]) yield* here.execute(academy.ClaimName, { name }, anybody)
          const outcomes = yield* Effect.all(
            [
              outcomeOf(here, academy.Rename, { oldName: a, newName: c }),
              outcomeOf(there, academy.Rename, { oldName: b, newName: c })
            ],
            { concurrency: 2 }
          )
          assert.sameMembers(outcomes, ["done", "taken"])
          const swaps = numbers(20).map((n) => (n % 2 === 0 ? { oldName: c, newName: a } : { oldName: a, newName: c }))
          const turns = yield* Effect.forEach(swaps, (input) => outcomeOf(here, academy.Rename, input), {
            concurrency: "unbounded"
          })
          assert.notInclude(turns, "StreamContended")
        })
      )

      it.effect("stays that share a night are never both booked, and a stay is booked whole", () =>
        Effect.gen(function* () {
          const processes = [yield* newProcess, yield* newProcess]
          const room = freshId()
          const stays = numbers(24).map((n) => numbers(3).map((night) => ((n * 5) % 13) + night))
          const exits = yield* Effect.forEach(
            stays,
            (nights, n) => outcomeOf(processes[n % 2]!, academy.BookStay, { room, nights }),
            { concurrency: "unbounded" }
          )
          const booked = stays.filter((_, n) => exits[n] === "done").flat()
          assert.strictEqual(new Set(booked).size, booked.length)
          const log = yield* logOf
          const nights = yield* log.readAll(
            numbers(16).map((night) => Boundary.streamId(NightBoundary, { room, night }))
          )
          assert.deepStrictEqual(
            nights.map(({ count }) => count),
            numbers(16).map((night) => (booked.includes(night) ? 1 : 0))
          )
        })
      )

      it.effect(
        "an order at a price that another process changes at the same time is at the price before or rejected",
        () =>
          Effect.gen(function* () {
            const [here, there] = [yield* newProcess, yield* newProcess]
            const log = yield* logOf
            const product = freshId()
            yield* here.execute(academy.OpenShop, {}, anybody)
            yield* here.execute(academy.SetPrice, { product, price: 1 }, anybody)
            const orders = numbers(40).map((n) => ({ order: freshId(), product, price: 1 + (n % 2) }))
            const exits = yield* Effect.all(
              [
                Effect.forEach(orders, (input) => Effect.exit(here.execute(academy.PlaceOrder, input, anybody)), {
                  concurrency: 8
                }),
                there.execute(academy.SetPrice, { product, price: 2 }, anybody)
              ] as const,
              { concurrency: 2 }
            )
            const changedAt = exits[1].seq
            for (const [n, exit] of exits[0].entries()) {
              if (!Exit.isSuccess(exit)) continue
              assert.strictEqual(orders[n]!.price, exit.value.seq < changedAt ? 1 : 2)
            }
            assert.isTrue(exits[0].some(Exit.isSuccess))
            const prices = yield* log.read({ boundary: "product", key: product.id })
            assert.strictEqual(prices.count, 2, "a check adds nothing to what it checks")
          })
      )
    }
  )

/** A command that is repeated by a process that knows nothing, since the one before ended between append and answer. */
export const repeatedElsewhere = (backend: SharedBackend) =>
  layer(Instances.layer(forgetfulAcademy, backend), { excludeTestServices: true, timeout: "60 seconds" })(
    `A command on several boundaries that is repeated on ${backend.name}`,
    (it) => {
      const repeat = Effect.fnUntraced(function* (ids: { readonly commandId: string }, ...inputs: ReadonlyArray<any>) {
        const run = (input: any) =>
          Effect.flatMap(newProcess, ({ execute }) =>
            execute(academy.RegisterAndSubscribe, input, { ...anybody, ...ids })
          )
        return yield* Effect.forEach(inputs, run)
      })

      it.effect("has the first receipt, of the originals only", () =>
        Effect.gen(function* () {
          const log = yield* logOf
          const input = { course: freshId(), student: freshId() }
          const [first] = yield* repeat({ commandId: `repeat-${input.course.id}` }, input)
          assert.deepStrictEqual(
            first!.facts.map(({ position, type }) => [position - first!.facts[0]!.position, type]),
            [
              [0, "StudentSubscribed"],
              [2, "StudentRegistered"]
            ]
          )
          const before = yield* log.lastPosition()
          const again = yield* repeat({ commandId: `repeat-${input.course.id}` }, input, input)
          for (const each of again) assert.deepStrictEqual(each, { ...first!, duplicate: true })
          assert.strictEqual(yield* log.lastPosition(), before)
        })
      )

      it.effect("is refused with another input, also if only a copy of its events is found", () =>
        Effect.gen(function* () {
          const log = yield* logOf
          const [course, student] = [freshId(), freshId()]
          const commandId = `reused-${course.id}`
          yield* repeat({ commandId }, { course, student })
          const before = yield* log.lastPosition()
          for (const input of [
            { course: freshId(), student },
            { course, student: freshId() }
          ]) {
            const error = yield* Effect.flip(repeat({ commandId }, input))
            assert.deepInclude<object>(error, { _tag: "CommandIdReused", commandId })
          }
          assert.strictEqual(yield* log.lastPosition(), before)
        })
      )

      it.effect("at once in two processes is done once", () =>
        Effect.gen(function* () {
          const log = yield* logOf
          const input = { course: freshId(), student: freshId() }
          const ids = { commandId: `at-once-${input.course.id}` }
          const receipts = yield* Effect.all([repeat(ids, input), repeat(ids, input)], { concurrency: 2 })
          const [one, two] = receipts.map(([receipt]) => receipt!)
          assert.deepStrictEqual({ ...one!, duplicate: true }, { ...two!, duplicate: true })
          assert.sameMembers([one!.duplicate, two!.duplicate], [true, false])
          assert.strictEqual((yield* log.read(Boundary.streamId(StudentBoundary, input))).count, 2)
        })
      )
    }
  )
