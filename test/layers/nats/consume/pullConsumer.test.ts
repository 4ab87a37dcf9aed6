import { assert, it } from "@effect/vitest"
import type { Msg } from "@nats-io/transport-node"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { type PullOptions, makePullConsumer, type PullLifecycle } from "#layers/nats/consume/pullConsumer.ts"
import { fakeJetStream } from "#test/support/fakeJetStream.ts"

const asking: PullOptions = {
  stream: "log",
  consumer: "follower",
  maxMessages: 8,
  expiresMillis: 3_000,
  idleHeartbeatMillis: 1_000,
  idleTimeoutMillis: 10_000,
  group: "active"
}

/** A follower that asks, and the server that it asks. */
const begun = Effect.fnUntraced(function* (ends: Partial<PullLifecycle> = {}, exists = true) {
  const server = yield* fakeJetStream(exists)
  const take = yield* makePullConsumer(server.nats, server.manager, asking, {
    onReconnect: "go on",
    onClose: () => Effect.void,
    ...ends
  })
  return { ...server, take }
})

const subjects = (taken: ReadonlyArray<{ readonly message: Msg }>) => taken.map(({ message }) => message.subject)

it.effect("asks for no more than there is room for, however much there is", () =>
  Effect.gen(function* () {
    const { nextRequest, pendingRequests, deliver, take } = yield* begun()
    assert.strictEqual((yield* nextRequest).batch, 8)
    for (const subject of "abcdefgh") yield* deliver(subject)
    assert.strictEqual(yield* pendingRequests, 0, "what waits here takes room")
    assert.deepStrictEqual(subjects(yield* take(1)), ["a"])
    assert.strictEqual(yield* pendingRequests, 0, "it asks for much at once")
    assert.deepStrictEqual(subjects(yield* take(9)), [..."bcdefgh"])
    const { batch, id } = yield* nextRequest
    assert.deepStrictEqual([batch, id], [8, "ours"])
  }).pipe(Effect.scoped)
)

it.effect("knows where a message stands, in the stream and in its own count", () =>
  Effect.gen(function* () {
    const { deliver, take } = yield* begun()
    yield* deliver("a")
    const [{ position, deliverySequence, storedAt, pending } = assert.fail("nothing came")] = yield* take(1)
    assert.deepStrictEqual(
      { position, nth: deliverySequence, storedAt, pending },
      { position: 11, nth: 1, storedAt: 1700000000123, pending: 7 }
    )
  }).pipe(Effect.scoped)
)

it.effect("asks again for what was asked for in vain, and without a pin that is not its own any more", () =>
  Effect.gen(function* () {
    const { nextRequest, pendingRequests, deliver, respond, take } = yield* begun()
    const first = yield* nextRequest
    yield* deliver("a")
    yield* take(1)
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

it.effect("goes on asking while it is busy, so that its turn does not end", () =>
  Effect.gen(function* () {
    const { nextRequest, deliver } = yield* begun()
    yield* nextRequest
    yield* deliver("a")
    yield* TestClock.adjust("1 second")
    const { batch, id } = yield* nextRequest
    assert.deepStrictEqual([batch, id], [1, "ours"])
  }).pipe(Effect.scoped)
)

for (const [what, code] of [
  ["nobody answers for it", 503],
  ["it gets another leader", 409]
] as const)
  it.effect(`asks again where ${what} at the moment`, () =>
    Effect.gen(function* () {
      const { nextRequest, respond } = yield* begun()
      yield* respond(yield* nextRequest, code)
      yield* TestClock.adjust("50 millis")
      assert.strictEqual((yield* nextRequest).batch, 8)
    }).pipe(Effect.scoped)
  )

it.effect("asks again after a reconnect, and when it hears nothing", () =>
  Effect.gen(function* () {
    const { nextRequest, reconnect } = yield* begun()
    yield* nextRequest
    yield* reconnect
    assert.strictEqual((yield* nextRequest).batch, 8)
    yield* TestClock.adjust("3 seconds")
    assert.strictEqual((yield* nextRequest).batch, 8)
  }).pipe(Effect.scoped)
)

it.effect("fails when it hears nothing for long", () =>
  Effect.gen(function* () {
    const { take } = yield* begun()
    const waiting = yield* Effect.forkChild(Effect.flip(take(1)))
    yield* TestClock.adjust("11 seconds")
    assert.strictEqual((yield* Fiber.join(waiting)).reason, "the consumer was silent for 10 s")
  }).pipe(Effect.scoped)
)

it.effect("does not fail when signs of life stand behind much else, and are read before the answer to a ping", () =>
  Effect.gen(function* () {
    const { nextRequest, deliver, respondBeforePong, take } = yield* begun()
    yield* respondBeforePong(yield* nextRequest, 100)
    yield* TestClock.adjust("11 seconds")
    yield* deliver("a")
    assert.deepStrictEqual(subjects(yield* take(1)), ["a"])
    const waiting = yield* Effect.forkChild(Effect.flip(take(1)))
    yield* TestClock.adjust("12 seconds")
    assert.strictEqual((yield* Fiber.join(waiting)).reason, "the consumer was silent for 10 s")
  }).pipe(Effect.scoped)
)

it.effect("fails when the consumer is gone", () =>
  Effect.gen(function* () {
    const { nextRequest, respond, take } = yield* begun({}, false)
    yield* respond(yield* nextRequest, 503)
    const waiting = yield* Effect.forkChild(Effect.flip(take(1)))
    yield* TestClock.adjust("50 millis")
    assert.strictEqual((yield* Fiber.join(waiting)).reason, "consumer not found")
  }).pipe(Effect.scoped)
)

it.effect("fails after a reconnect where what was under way may be missing", () =>
  Effect.gen(function* () {
    const { reconnect, take } = yield* begun({ onReconnect: "give up" })
    yield* reconnect
    assert.strictEqual((yield* Effect.flip(take(1))).reason, "the connection was down")
  }).pipe(Effect.scoped)
)

it.effect("leaves with what came and was not taken, once nothing more can come", () =>
  Effect.gen(function* () {
    const left: Array<string> = []
    let server: Effect.Success<ReturnType<typeof begun>> | undefined
    yield* Effect.gen(function* () {
      server = yield* begun({
        onClose: (rest, isPinned) =>
          Effect.sync(() =>
            left.push(...subjects(rest), `pinned: ${isPinned}`, `subscribed: ${server?.isSubscribed()}`)
          )
      })
      yield* server.deliver("a")
      yield* server.deliver("b")
      yield* server.take(1)
    }).pipe(Effect.scoped)
    assert.deepStrictEqual(left, ["b", "pinned: true", "subscribed: false"])
  })
)
