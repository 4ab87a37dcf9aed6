import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import type { CloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { makeReplayer } from "#layers/nats/consume/replayer.ts"
import { LogUnavailable, type EventEnvelope } from "#layers/services/EventLog.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { fakeJetStream } from "#test/support/fakeJetStream.ts"

const log = { ...library, name: "log" }
const codec = {
  decodeLazily: ({ position }: EventEnvelope) => Result.succeed({ position })
} as unknown as CloudEventCodec
const borrowed = "log.book.lending.moby.book-borrowed"
const other = "log.book.lending.moby.book-returned"

/** A replay of the events after position 2, up to 8, with the positions that it has delivered and its fake server. */
const start = Effect.gen(function* () {
  const server = yield* fakeJetStream()
  const delivered: Array<number> = []
  const replay = makeReplayer(server.nats, server.manager, log, codec)
  const fiber = yield* Effect.forkChild(
    replay(["BookBorrowed"], 2, 8, (page) => Effect.sync(() => delivered.push(...page.map(({ position }) => position))))
  )
  yield* server.nextRequest
  return { ...server, delivered, fiber }
})

it.effect("reads each event of its types once, and resumes at its position when a message is lost", () =>
  Effect.gen(function* () {
    const { nextRequest, deliver, fiber, lose, delivered } = yield* start
    yield* deliver(borrowed)
    yield* deliver(other)
    yield* Effect.yieldNow
    yield* lose
    yield* deliver(borrowed)
    yield* nextRequest
    for (const subject of [borrowed, other, borrowed, borrowed, borrowed]) yield* deliver(subject)
    yield* Fiber.join(fiber)
    assert.deepStrictEqual(delivered, [3, 5, 7, 8])
  })
)

it.effect("fails when it makes no progress", () =>
  Effect.gen(function* () {
    const { nextRequest, deliver, fiber, lose, delivered } = yield* start
    yield* deliver(borrowed)
    yield* Effect.yieldNow
    yield* lose
    yield* deliver(borrowed)
    yield* nextRequest
    yield* lose
    yield* deliver(borrowed)
    const error = yield* Effect.flip(Fiber.join(fiber))
    assert.instanceOf(error, LogUnavailable)
    assert.deepStrictEqual([error.reason, delivered], ["a message was lost on the way", [3]])
  })
)
