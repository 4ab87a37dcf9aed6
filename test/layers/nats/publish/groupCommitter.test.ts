import { assert, describe, it, layer } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect, type Msg, type NatsConnection } from "@nats-io/transport-node"
import { Effect, Layer, Result } from "effect"
import { Boundary } from "#domain/model/index.ts"
import type { Requests } from "#layers/nats/connection/Requests.ts"
import * as NatsLayers from "#layers/nats/natsServices.ts"
import { type BatchingPolicy, makeBatchingPolicy, type WriteMode } from "#layers/nats/publish/batchingPolicy.ts"
import { makeGroupCommitter } from "#layers/nats/publish/groupCommitter.ts"
import { EventLog, type StreamVersion, emptyStream } from "#layers/services/EventLog.ts"
import { academyBoard } from "#test/boards/academyBoard.ts"
import {
  CatalogueBoundary,
  CourseBoundary,
  freshId,
  PriceSet,
  ProductBoundary,
  StudentBoundary,
  StudentSubscribed
} from "#test/boards/academyEvents.ts"
import { BookAcquired, BookShelved, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { messagesOf } from "#test/support/streamDump.ts"
import { TestServer } from "#test/support/testServer.ts"

const services = Layer.unwrap(
  Effect.map(TestServer, ({ url }) => NatsLayers.layer(library, { servers: url, replicas: 1 }))
).pipe(Layer.provideMerge(TestServer.layer))

type Book = ReturnType<typeof freshBook>

const append = (book: Book, version: StreamVersion, both = false) =>
  Effect.flatMap(EventLog, (log) => {
    const events = [new BookAcquired({ book, title: "" }), ...(both ? [new BookShelved({ book, shelf: "s" })] : [])]
    return Effect.result(
      appendTo(log, streamIdOf(book), version, events, testMetadata(`c-${book.id}-${both}-${version.position}`))
    )
  })

const unbounded = { concurrency: "unbounded" } as const
const books = (count: number) => Array.from({ length: count }, freshBook)

/** The number of messages in each atomic batch. */
const batchesOf = Effect.fnUntraced(function* (log: string) {
  const { url } = yield* TestServer
  const messages = yield* Effect.promise(async () => {
    const nats = await connect({ servers: url })
    const found = await messagesOf(await jetstreamManager(nats), log)
    await nats.close()
    return found
  })
  const ids = messages.flatMap(({ headers }) => headers.find(([name]) => name === "Nats-Batch-Id")?.[1] ?? [])
  return Array.from(Map.groupBy(ids, (id) => id).values(), ({ length }) => length)
})

layer(services, { excludeTestServices: true })("Concurrent appends", (it) => {
  it.effect("share batches, and each gets its own answer", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const all = books(300)
      const results = yield* Effect.forEach(all, (book, n) => append(book, emptyStream, n % 5 === 0), unbounded)
      for (const [n, result] of results.entries()) {
        const recorded = Result.getOrThrow(result)
        const history = yield* log.read(streamIdOf(all[n]!))
        assert.deepStrictEqual(
          history.events.map(({ position, event }) => [position, event._tag]),
          recorded.map(({ position, event }) => [position, event._tag])
        )
        assert.strictEqual(history.count, n % 5 === 0 ? 2 : 1)
      }
      assert.isAbove(Math.max(...(yield* batchesOf(library.name))), 20)
    })
  )

  it.effect("fail alone: a version conflict does not affect the others of its batch", () =>
    Effect.gen(function* () {
      const all = books(120)
      const known = all[60]!
      yield* append(known, emptyStream)
      const results = yield* Effect.forEach(all, (book) => append(book, emptyStream, true), unbounded)
      const failed = results.flatMap((result, n) => (Result.isFailure(result) ? [[n, result.failure._tag]] : []))
      assert.deepStrictEqual(failed, [[60, "VersionConflict"]])
    })
  )

  it.effect("to one event stream wait for each other, and one succeeds", () =>
    Effect.gen(function* () {
      const [hot] = books(1)
      const all = [...books(60), ...Array.from({ length: 60 }, () => hot!)]
      const results = yield* Effect.forEach(
        all.map((book, n) => [book, n] as const),
        ([book, n]) =>
          Effect.flatMap(EventLog, (log) =>
            Effect.result(
              appendTo(
                log,
                streamIdOf(book),
                emptyStream,
                [new BookAcquired({ book, title: "" })],
                testMetadata(`n-${n}-${book.id}`)
              )
            )
          ),
        unbounded
      )
      const tags = results.map((result) => (Result.isFailure(result) ? result.failure._tag : "done"))
      assert.deepStrictEqual(
        tags.slice(0, 60),
        Array.from({ length: 60 }, () => "done")
      )
      assert.strictEqual(tags.slice(60).filter((tag) => tag === "done").length, 1)
      assert.strictEqual(tags.slice(60).filter((tag) => tag === "VersionConflict").length, 59)
    })
  )

  it.effect("of two events each are stored, however many: the server accepts 50 batches at once", () =>
    Effect.gen(function* () {
      const results = yield* Effect.forEach(books(400), (book) => append(book, emptyStream, true), unbounded)
      assert.isTrue(results.every(Result.isSuccess))
    })
  )
})

const academyServices = Layer.unwrap(
  Effect.map(TestServer, ({ url }) => NatsLayers.layer(academyBoard, { servers: url, replicas: 1 }))
).pipe(Layer.provideMerge(TestServer.layer))

layer(academyServices, { excludeTestServices: true })("Concurrent appends with several guards", (it) => {
  const at = (streamId: Boundary.StreamId, version: StreamVersion = emptyStream) => ({ streamId, version })
  const courseId = (course: Book) => Boundary.streamId(CourseBoundary, { course })
  const studentId = (student: Book) => Boundary.streamId(StudentBoundary, { student })

  it.effect("share batches, also where they check the same event stream; a stale one fails alone", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const product = freshId()
      const productId = Boundary.streamId(ProductBoundary, { product })
      const catalogueId = Boundary.streamId(CatalogueBoundary, { product })
      const price = [new PriceSet({ product, price: 1 })]
      yield* log.append([at(productId), at(catalogueId)], price, testMetadata(`p-${product.id}`))
      const version = yield* log.read(productId)
      const results = yield* Effect.forEach(
        Array.from({ length: 150 }, freshId),
        (id, n) => {
          const expected = [at(courseId(id)), at(studentId(id)), at(productId, n === 70 ? emptyStream : version)]
          const events = [new StudentSubscribed({ course: id, student: id })]
          return Effect.result(log.append(expected, events, testMetadata(`s-${id.id}`)))
        },
        unbounded
      )
      const failed = results.flatMap((result, n) => (Result.isFailure(result) ? [[n, result.failure._tag]] : []))
      assert.deepStrictEqual(failed, [[70, "VersionConflict"]])
      for (const result of results.filter(Result.isSuccess)) {
        const [original, copy] = result.success
        const { course, student } = original!.event as StudentSubscribed
        const [inCourse, inStudent] = yield* log.readAll([courseId(course), studentId(student)])
        assert.deepStrictEqual([inCourse!.position, inStudent!.position], [original!.position, copy!.position])
      }
      assert.isAbove(Math.max(...(yield* batchesOf(academyBoard.name))), 20)
    })
  )
})

describe("The write mode", () => {
  const busy = 64

  /** A policy that has measured both modes for `millis` each, one after the other. */
  const measured = (costs: Readonly<Record<WriteMode, number>>, load = busy, millis = 200) => {
    let now = 0
    const policy = makeBatchingPolicy(() => now)
    const use = (mode: WriteMode, count: number, of = costs) => {
      for (const end = now + millis; now < end;) {
        now += of[mode] * count
        policy.recordAnswer(mode, count, load)
      }
    }
    use("alone", 1)
    use("together", 64)
    return { policy, use, pass: (millis: number) => (now += millis) }
  }

  it("is the one that was measured to be faster", () => {
    assert.strictEqual(measured({ alone: 0.3, together: 0.1 }).policy.chooseMode(busy), "together")
    assert.strictEqual(measured({ alone: 0.05, together: 0.1 }).policy.chooseMode(busy), "alone")
  })

  it("is alone while few writes are in flight", () => {
    assert.strictEqual(measured({ alone: 0.3, together: 0.1 }).policy.chooseMode(8), "alone")
  })

  it("is not measured by the times between answers while there is little to do", () => {
    const { policy, pass, use } = measured({ alone: 0.05, together: 0.1 })
    for (let n = 0; n < 50; n++) {
      pass(20)
      policy.recordAnswer("alone", 1, 1)
    }
    use("alone", 1)
    assert.strictEqual(policy.chooseMode(busy), "alone")
  })

  it("does not change after one long pause, nor after a time without writes", () => {
    const { policy, pass, use } = measured({ alone: 0.05, together: 0.1 })
    use("alone", 1)
    for (const millis of [10, 3_000]) {
      pass(millis)
      policy.recordAnswer("alone", 1, busy)
      assert.strictEqual(policy.chooseMode(busy), "alone")
    }
  })

  it("is not measured by a time in which there was nothing to write", () => {
    const { policy, pass } = measured({ alone: 0.3, together: 0.1 })
    for (const millis of [100, 500, 900]) {
      pass(millis)
      assert.strictEqual(policy.chooseMode(busy), "together")
      pass(6)
      policy.recordAnswer("together", busy, busy)
    }
    assert.strictEqual(policy.chooseMode(busy), "together")
  })

  it("is measured again after a while, for long enough", () => {
    const { policy, pass, use } = measured({ alone: 0.3, together: 0.1 })
    pass(11_000)
    use("together", 64)
    assert.strictEqual(policy.chooseMode(busy), "alone")
    policy.recordAnswer("alone", 1, busy)
    assert.strictEqual(policy.chooseMode(busy), "alone")
    use("alone", 1, { alone: 0.05, together: 0.1 })
    assert.strictEqual(policy.chooseMode(busy), "alone")
    use("alone", 1)
    assert.strictEqual(policy.chooseMode(busy), "together")
  })

  it("is measured by lone writes too, if they are sent beside groups", () =>
    Effect.gen(function* () {
      const answers: Array<readonly [mode: WriteMode, load: number]> = []
      const policy: BatchingPolicy = {
        chooseMode: () => "together",
        recordAnswer: (mode, _, load) => void answers.push([mode, load])
      }
      const send: Requests["Service"]["send"] = (_, __, ___, { onMessage }) =>
        queueMicrotask(() => onMessage({ json: () => ({ seq: 1 }) } as Msg))
      const commit = makeGroupCommitter({} as NatsConnection, { send } as Requests["Service"], { policy: policy })
      const write = { messages: [{ subject: "s", data: "", headers: "" }] }
      yield* Effect.forEach([1, 2, 3], () => commit.commit(write), unbounded)
      assert.deepStrictEqual(answers, [
        ["together", 3],
        ["together", 2],
        ["together", 1]
      ])
    }).pipe(Effect.runPromise))
})
