import { assert, it } from "@effect/vitest"
import type { Msg } from "@nats-io/transport-node"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makePullConsumer, type PullLifecycle } from "#layers/nats/consume/pullConsumer.ts"
import type { PullOptions } from "#layers/nats/consume/PullRequests.ts"
import { fakeJetStream } from "#test/support/fakeJetStream.ts"

const options: PullOptions = {
  stream: "log",
  consumer: "follower",
  maxMessages: 8,
  expiresMillis: 3_000,
  idleHeartbeatMillis: 1_000,
  idleTimeoutMillis: 10_000,
  group: "active"
}

/** A pull consumer, and the fake server that it pulls from. */
const start = Effect.fnUntraced(function* (lifecycle: Partial<PullLifecycle> = {}, exists = true) {
  const server = yield* fakeJetStream(exists)
  const takeBatch = yield* makePullConsumer(server.nats, server.manager, options, {
    onReconnect: "go on",
    onClose: () => Effect.void,
    ...lifecycle
  })
  return { ...server, takeBatch }
})

const subjects = (deliveries: ReadonlyArray<{ readonly message: Msg }>) =>
  deliveries.map(({ message }) => message.subject)

it.effect("requests no more messages than it has room for", () =>
  Effect.gen(function* () {
    const { nextRequest, pendingRequests, deliver, takeBatch } = yield* start()
    assert.strictEqual((yield* nextRequest).batch, 8)
    for (const subject of "abcdefgh") yield* deliver(subject)
    assert.strictEqual(yield* pendingRequests, 0, "buffered messages take room")
    assert.deepStrictEqual(subjects(yield* takeBatch(1)), ["a"])
    assert.strictEqual(yield* pendingRequests, 0, "it pulls a large batch at once")
    assert.deepStrictEqual(subjects(yield* takeBatch(9)), [..."bcdefgh"])
    const { batch, id } = yield* nextRequest
    assert.deepStrictEqual([batch, id], [8, "ours"])
  }).pipe(Effect.scoped)
)

it.effect("reads the position of a message in the stream, and its delivery sequence", () =>
  Effect.gen(function* () {
    const { deliver, takeBatch } = yield* start()
    yield* deliver("a")
    const [{ position, deliverySequence, storedAt, pending } = assert.fail("nothing was delivered")] =
      yield* takeBatch(1)
    assert.deepStrictEqual(
      { position, deliverySequence, storedAt, pending },
      { position: 11, deliverySequence: 1, storedAt: 1700000000123, pending: 7 }
    )
  }).pipe(Effect.scoped)
)

it.effect("requests unsent messages again, and without a pin that it no longer holds", () =>
  Effect.gen(function* () {
    const { nextRequest, pendingRequests, deliver, respond, takeBatch } = yield* start()
    const first = yield* nextRequest
    yield* deliver("a")
    yield* takeBatch(1)
    yield* respond(first, 408, 7)
    const second = yield* nextRequest
    assert.deepStrictEqual([second.batch, second.id], [8, "ours"])
    yield* respond(second, 423)
    const third = yield* nextRequest
    assert.deepStrictEqual([third.batch, third.id], [8, undefined])
    yield* respond(third, 100)
    assert.strictEqual(yield* pendingRequests, 0)
  }).pipe(Effect.scoped)
)

it.effect("keeps pulling while it is busy, so that it stays pinned", () =>
  Effect.gen(function* () {
    const { nextRequest, deliver } = yield* start()
    yield* nextRequest
    yield* deliver("a")
    yield* TestClock.adjust("1 second")
    const { batch, id } = yield* nextRequest
    assert.deepStrictEqual([batch, id], [1, "ours"])
  }).pipe(Effect.scoped)
)

for (const [what, code] of [
  ["it has no responder", 503],
  ["its leader changes", 409]
] as const)
  it.effect(`pulls again while ${what}`, () =>
    Effect.gen(function* () {
      const { nextRequest, respond } = yield* start()
      yield* respond(yield* nextRequest, code)
      yield* TestClock.adjust("50 millis")
      assert.strictEqual((yield* nextRequest).batch, 8)
    }).pipe(Effect.scoped)
  )

it.effect("pulls again after a reconnect, and when it receives nothing", () =>
  Effect.gen(function* () {
    const { nextRequest, reconnect } = yield* start()
    yield* nextRequest
    yield* reconnect
    assert.strictEqual((yield* nextRequest).batch, 8)
    yield* TestClock.adjust("3 seconds")
    assert.strictEqual((yield* nextRequest).batch, 8)
  }).pipe(Effect.scoped)
)

it.effect("fails when it receives nothing for too long", () =>
  Effect.gen(function* () {
    const { takeBatch } = yield* start()
    const waiting = yield* Effect.forkChild(Effect.flip(takeBatch(1)))
    yield* TestClock.adjust("11 seconds")
    assert.strictEqual((yield* Fiber.join(waiting)).reason, "the consumer was silent for 10 s")
  }).pipe(Effect.scoped)
)

it.effect("does not fail when heartbeats are queued behind other data, and are read before the pong", () =>
  Effect.gen(function* () {
    const { nextRequest, deliver, respondBeforePong, takeBatch } = yield* start()
    yield* respondBeforePong(yield* nextRequest, 100)
    yield* TestClock.adjust("11 seconds")
    yield* deliver("a")
    assert.deepStrictEqual(subjects(yield* takeBatch(1)), ["a"])
    const waiting = yield* Effect.forkChild(Effect.flip(takeBatch(1)))
    yield* TestClock.adjust("12 seconds")
    assert.strictEqual((yield* Fiber.join(waiting)).reason, "the consumer was silent for 10 s")
  }).pipe(Effect.scoped)
)

it.effect("fails when the consumer is gone", () =>
  Effect.gen(function* () {
    const { nextRequest, respond, takeBatch } = yield* start({}, false)
    yield* respond(yield* nextRequest, 503)
    const waiting = yield* Effect.forkChild(Effect.flip(takeBatch(1)))
    yield* TestClock.adjust("50 millis")
    assert.strictEqual((yield* Fiber.join(waiting)).reason, "consumer not found")
  }).pipe(Effect.scoped)
)

it.effect("fails after a reconnect if messages in flight may be lost", () =>
  Effect.gen(function* () {
    const { reconnect, takeBatch } = yield* start({ onReconnect: "give up" })
    yield* reconnect
    assert.strictEqual((yield* Effect.flip(takeBatch(1))).reason, "the connection was down")
  }).pipe(Effect.scoped)
)

it.effect("passes the messages that were not taken to onClose, once no more can arrive", () =>
  Effect.gen(function* () {
    const closed: Array<string> = []
    let server: Effect.Success<ReturnType<typeof start>> | undefined
    yield* Effect.gen(function* () {
      server = yield* start({
        onClose: (undelivered, isPinned) =>
          Effect.sync(() =>
            closed.push(...subjects(undelivered), `pinned: ${isPinned}`, `subscribed: ${server?.isSubscribed()}`)
          )
      })
      yield* server.deliver("a")
      yield* server.deliver("b")
      yield* server.takeBatch(1)
    }).pipe(Effect.scoped)
    assert.deepStrictEqual(closed, ["b", "pinned: true", "subscribed: false"])
  })
)
