import { assert, describe, it, layer } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect, type Msg, type NatsConnection } from "@nats-io/transport-node"
import { Effect, Layer, Result } from "effect"
import type { Requests } from "#layers/nats/connection/Requests.ts"
import * as NatsLayers from "#layers/nats/natsServices.ts"
import { type BatchingPolicy, makeBatchingPolicy, type WriteMode } from "#layers/nats/publish/batchingPolicy.ts"
import { makeGroupCommitter } from "#layers/nats/publish/groupCommitter.ts"
import { EventLog, type StreamVersion, emptyStream } from "#layers/services/EventLog.ts"
import { BookAcquired, BookShelved, library } from "#test/boards/libraryBoard.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { messagesOf } from "#test/support/streamDump.ts"
import { TestServer } from "#test/support/testServer.ts"

const services = Layer.unwrap(
  Effect.map(TestServer, ({ url }) => NatsLayers.layer(library, { servers: url, replicas: 1 }))
).pipe(Layer.provideMerge(TestServer.layer))

type Book = ReturnType<typeof freshBook>

const append = (book: Book, stand: StreamVersion, both = false) =>
  Effect.flatMap(EventLog, (log) => {
    const facts = [new BookAcquired({ book, title: "" }), ...(both ? [new BookShelved({ book, shelf: "s" })] : [])]
    return Effect.result(
      log.append(streamIdOf(book), stand, facts, testMetadata(`c-${book.id}-${both}-${stand.position}`))
    )
  })

const atOnce = { concurrency: "unbounded" } as const
const books = (count: number) => Array.from({ length: count }, freshBook)

/** How many messages came in each atomic batch. */
const batches = Effect.gen(function* () {
  const { url } = yield* TestServer
  const kept = yield* Effect.promise(async () => {
    const nats = await connect({ servers: url })
    const messages = await messagesOf(await jetstreamManager(nats), library.name)
    await nats.close()
    return messages
  })
  const ids = kept.flatMap(({ headers }) => headers.find(([name]) => name === "Nats-Batch-Id")?.[1] ?? [])
  return Array.from(Map.groupBy(ids, (id) => id).values(), ({ length }) => length)
})

layer(services, { excludeTestServices: true })("Appends at once", (it) => {
  it.effect("share batches, and each gets its own answer", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const all = books(300)
      const results = yield* Effect.forEach(all, (book, n) => append(book, emptyStream, n % 5 === 0), atOnce)
      for (const [n, result] of results.entries()) {
        const recorded = Result.getOrThrow(result)
        const past = yield* log.read(streamIdOf(all[n]!))
        assert.deepStrictEqual(
          past.events.map(({ position, event }) => [position, event._tag]),
          recorded.map(({ position, event }) => [position, event._tag])
        )
        assert.strictEqual(past.count, n % 5 === 0 ? 2 : 1)
      }
      assert.isAbove(Math.max(...(yield* batches)), 20)
    })
  )

  it.effect("fail alone: who expects what is not so does not take the others with it", () =>
    Effect.gen(function* () {
      const all = books(120)
      const known = all[60]!
      yield* append(known, emptyStream)
      const results = yield* Effect.forEach(all, (book) => append(book, emptyStream, true), atOnce)
      const failed = results.flatMap((result, n) => (Result.isFailure(result) ? [[n, result.failure._tag]] : []))
      assert.deepStrictEqual(failed, [[60, "VersionConflict"]])
    })
  )

  it.effect("to one place wait for each other, and one has it", () =>
    Effect.gen(function* () {
      const [hot] = books(1)
      const all = [...books(60), ...Array.from({ length: 60 }, () => hot!)]
      const results = yield* Effect.forEach(
        all.map((book, n) => [book, n] as const),
        ([book, n]) =>
          Effect.flatMap(EventLog, (log) =>
            Effect.result(
              log.append(
                streamIdOf(book),
                emptyStream,
                [new BookAcquired({ book, title: "" })],
                testMetadata(`n-${n}-${book.id}`)
              )
            )
          ),
        atOnce
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

  it.effect("of two facts each are stored, however many: the server takes 50 batches at once", () =>
    Effect.gen(function* () {
      const results = yield* Effect.forEach(books(400), (book) => append(book, emptyStream, true), atOnce)
      assert.isTrue(results.every(Result.isSuccess))
    })
  )
})

describe("The way to write", () => {
  const busy = 64

  /** What is seen of both ways for as long as `millis`, one after the other. */
  const seen = (costs: Readonly<Record<WriteMode, number>>, load = busy, millis = 200) => {
    let now = 0
    const paced = makeBatchingPolicy(() => now)
    const use = (way: WriteMode, count: number, of = costs) => {
      for (const end = now + millis; now < end;) {
        now += of[way] * count
        paced.recordAnswer(way, count, load)
      }
    }
    use("alone", 1)
    use("together", 64)
    return { paced, use, pass: (millis: number) => (now += millis) }
  }

  it("is the one that was seen to be quicker", () => {
    assert.strictEqual(seen({ alone: 0.3, together: 0.1 }).paced.chooseMode(busy), "together")
    assert.strictEqual(seen({ alone: 0.05, together: 0.1 }).paced.chooseMode(busy), "alone")
  })

  it("is alone where few are under way", () => {
    assert.strictEqual(seen({ alone: 0.3, together: 0.1 }).paced.chooseMode(8), "alone")
  })

  it("is not judged by the times between answers when there was little to do", () => {
    const { paced, pass, use } = seen({ alone: 0.05, together: 0.1 })
    for (let n = 0; n < 50; n++) {
      pass(20)
      paced.recordAnswer("alone", 1, 1)
    }
    use("alone", 1)
    assert.strictEqual(paced.chooseMode(busy), "alone")
  })

  it("does not change for one long pause, nor because nobody was there", () => {
    const { paced, pass, use } = seen({ alone: 0.05, together: 0.1 })
    use("alone", 1)
    for (const millis of [10, 3_000]) {
      pass(millis)
      paced.recordAnswer("alone", 1, busy)
      assert.strictEqual(paced.chooseMode(busy), "alone")
    }
  })

  it("is not judged by the time in which nobody had anything to write", () => {
    const { paced, pass } = seen({ alone: 0.3, together: 0.1 })
    for (const millis of [100, 500, 900]) {
      pass(millis)
      assert.strictEqual(paced.chooseMode(busy), "together")
      pass(6)
      paced.recordAnswer("together", busy, busy)
    }
    assert.strictEqual(paced.chooseMode(busy), "together")
  })

  it("is looked at again after a while, for long enough to know", () => {
    const { paced, pass, use } = seen({ alone: 0.3, together: 0.1 })
    pass(11_000)
    use("together", 64)
    assert.strictEqual(paced.chooseMode(busy), "alone")
    paced.recordAnswer("alone", 1, busy)
    assert.strictEqual(paced.chooseMode(busy), "alone")
    use("alone", 1, { alone: 0.05, together: 0.1 })
    assert.strictEqual(paced.chooseMode(busy), "alone")
    use("alone", 1)
    assert.strictEqual(paced.chooseMode(busy), "together")
  })

  it("is judged by lone writes too, where they are sent beside groups", () =>
    Effect.gen(function* () {
      const answers: Array<readonly [way: WriteMode, load: number]> = []
      const judge: BatchingPolicy = {
        chooseMode: () => "together",
        recordAnswer: (way, _, load) => void answers.push([way, load])
      }
      const send: Requests["Service"]["send"] = (_, __, ___, { onMessage }) =>
        queueMicrotask(() => onMessage({ json: () => ({ seq: 1 }) } as Msg))
      const commit = makeGroupCommitter({} as NatsConnection, { send } as Requests["Service"], { policy: judge })
      const write = { messages: [{ subject: "s", data: "", headers: "" }] }
      yield* Effect.forEach([1, 2, 3], () => commit.commit(write), atOnce)
      assert.deepStrictEqual(answers, [
        ["together", 3],
        ["together", 2],
        ["together", 1]
      ])
    }).pipe(Effect.runPromise))
})
