import { type Asking, deliveries } from "#layers/nats/deliveries.ts"
import { assert, it } from "@effect/vitest"
import { JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream"
import { headers, type Msg, type NatsConnection, type Status } from "@nats-io/transport-node"
import { Effect, Fiber, Queue, Stream } from "effect"
import { TestClock } from "effect/testing"

interface Asked {
  readonly batch: number
  readonly id?: string
  /** Where its status goes. */
  readonly to: string
}

const asking: Asking = {
  stream: "log",
  consumer: "follower",
  ahead: 4,
  open: 3_000,
  life: 1_000,
  silence: 10_000,
  group: "active"
}

/** A server as a follower sees it: what it is asked for, and what it is made to say. */
const server = Effect.fnUntraced(function* (exists = true) {
  const asked = yield* Queue.unbounded<Asked>()
  const links = yield* Queue.unbounded<Status>()
  let hear: (message: Msg) => void = () => {}
  let isSubscribed = false
  let nth = 0
  const nats = {
    subscribe: (_: string, { callback }: { callback: (error: null, message: Msg) => void }) => {
      hear = (message) => callback(null, message)
      isSubscribed = true
      return { unsubscribe: () => (isSubscribed = false) }
    },
    publish: (_: string, request: string, { reply }: { reply: string }) =>
      void Queue.offerUnsafe(asked, { ...JSON.parse(request), to: reply }),
    status: () => Stream.toAsyncIterable(Stream.fromQueue(links))
  } as unknown as NatsConnection
  const info = () =>
    exists
      ? Promise.resolve({})
      : Promise.reject(new JetStreamApiError({ code: 404, err_code: 10014, description: "consumer not found" }))
  const said = (subject: string, code: number, more: Readonly<Record<string, string>>, reply?: string) => {
    const all = headers(code, code > 0 ? "as it is" : "")
    for (const [name, value] of Object.entries(more)) all.set(name, value)
    hear({ subject, reply, headers: all } as Msg)
  }
  return {
    nats,
    manager: { consumers: { info } } as unknown as JetStreamManager,
    asked: Queue.take(asked),
    /** What it was asked for and nobody looked at. */
    unseen: Queue.size(asked),
    isSubscribed: () => isSubscribed,
    reconnect: Queue.offer(links, { type: "reconnect" } as Status),
    deliver: (subject: string, pin = "ours") =>
      Effect.sync(() => {
        nth++
        said(subject, 0, { "Nats-Pin-Id": pin }, `$JS.ACK.log.follower.1.${nth * 10}.${nth}.1700000000123000000.7`)
      }),
    says: ({ to }: Asked, code: number, left?: number) =>
      Effect.sync(() => said(to, code, left === undefined ? {} : { "Nats-Pending-Messages": String(left) }))
  }
})

const left: Array<string> = []
const ends = { onReconnect: "go on", leave: () => Effect.void } as const
const subjects = (taken: ReadonlyArray<{ readonly message: Msg }>) => taken.map(({ message }) => message.subject)

it.effect("asks for no more than there is room for, however much there is", () =>
  Effect.gen(function* () {
    const { nats, manager, asked, unseen, deliver } = yield* server()
    const take = yield* deliveries(nats, manager, asking, ends)
    assert.strictEqual((yield* asked).batch, 4)
    for (const subject of ["a", "b", "c", "d"]) yield* deliver(subject)
    assert.strictEqual(yield* unseen, 0, "what waits here takes room")
    assert.deepStrictEqual(subjects(yield* take(1)), ["a"])
    assert.strictEqual(yield* unseen, 0, "it asks for much at once")
    assert.deepStrictEqual(subjects(yield* take(9)), ["b", "c", "d"])
    const { batch, id } = yield* asked
    assert.deepStrictEqual([batch, id], [4, "ours"])
  }).pipe(Effect.scoped)
)

it.effect("knows where a message stands, in the stream and in its own count", () =>
  Effect.gen(function* () {
    const { nats, manager, deliver } = yield* server()
    const take = yield* deliveries(nats, manager, asking, ends)
    yield* deliver("a")
    const [{ position, nth, storedAt, pending } = assert.fail("nothing came")] = yield* take(1)
    assert.deepStrictEqual(
      { position, nth, storedAt, pending },
      { position: 10, nth: 1, storedAt: 1700000000123, pending: 7 }
    )
  }).pipe(Effect.scoped)
)

it.effect("asks again for what was asked for in vain, and without a pin that is not its own any more", () =>
  Effect.gen(function* () {
    const { nats, manager, asked, unseen, deliver, says } = yield* server()
    const take = yield* deliveries(nats, manager, asking, ends)
    const first = yield* asked
    yield* deliver("a")
    yield* take(1)
    yield* says(first, 408, 3)
    const second = yield* asked
    assert.deepStrictEqual([second.batch, second.id], [4, "ours"])
    yield* says(second, 423)
    const third = yield* asked
    assert.deepStrictEqual([third.batch, third.id], [4, undefined])
    yield* says(third, 100)
    assert.strictEqual(yield* unseen, 0)
  }).pipe(Effect.scoped)
)

it.effect("goes on asking while it is busy, so that its turn does not end", () =>
  Effect.gen(function* () {
    const { nats, manager, asked, deliver } = yield* server()
    yield* deliveries(nats, manager, asking, ends)
    yield* asked
    yield* deliver("a")
    yield* TestClock.adjust("1 second")
    const { batch, id } = yield* asked
    assert.deepStrictEqual([batch, id], [1, "ours"])
  }).pipe(Effect.scoped)
)

for (const [what, code] of [
  ["nobody answers for it", 503],
  ["it gets another leader", 409]
] as const)
  it.effect(`asks again where ${what} at the moment`, () =>
    Effect.gen(function* () {
      const { nats, manager, asked, says } = yield* server()
      yield* deliveries(nats, manager, asking, ends)
      yield* says(yield* asked, code)
      yield* TestClock.adjust("50 millis")
      assert.strictEqual((yield* asked).batch, 4)
    }).pipe(Effect.scoped)
  )

it.effect("asks again after a reconnect, and when it hears nothing", () =>
  Effect.gen(function* () {
    const { nats, manager, asked, reconnect } = yield* server()
    yield* deliveries(nats, manager, asking, ends)
    yield* asked
    yield* reconnect
    assert.strictEqual((yield* asked).batch, 4)
    yield* TestClock.adjust("3 seconds")
    assert.strictEqual((yield* asked).batch, 4)
  }).pipe(Effect.scoped)
)

it.effect("fails when it hears nothing for long", () =>
  Effect.gen(function* () {
    const { nats, manager } = yield* server()
    const take = yield* deliveries(nats, manager, asking, ends)
    const waiting = yield* Effect.forkChild(Effect.flip(take(1)))
    yield* TestClock.adjust("11 seconds")
    assert.strictEqual((yield* Fiber.join(waiting)).reason, "the consumer was silent for 10 s")
  }).pipe(Effect.scoped)
)

it.effect("fails when the consumer is gone", () =>
  Effect.gen(function* () {
    const { nats, manager, asked, says } = yield* server(false)
    const take = yield* deliveries(nats, manager, asking, ends)
    yield* says(yield* asked, 503)
    const waiting = yield* Effect.forkChild(Effect.flip(take(1)))
    yield* TestClock.adjust("50 millis")
    assert.strictEqual((yield* Fiber.join(waiting)).reason, "consumer not found")
  }).pipe(Effect.scoped)
)

it.effect("fails after a reconnect where what was under way may be missing", () =>
  Effect.gen(function* () {
    const { nats, manager, reconnect } = yield* server()
    const take = yield* deliveries(nats, manager, asking, { ...ends, onReconnect: "give up" })
    yield* reconnect
    assert.strictEqual((yield* Effect.flip(take(1))).reason, "the connection was down")
  }).pipe(Effect.scoped)
)

it.effect("leaves with what came and was not taken, once nothing more can come", () =>
  Effect.gen(function* () {
    const { nats, manager, deliver, isSubscribed } = yield* server()
    yield* Effect.gen(function* () {
      const take = yield* deliveries(nats, manager, asking, {
        onReconnect: "go on",
        leave: (rest, isPinned) =>
          Effect.sync(() => left.push(...subjects(rest), `pinned: ${isPinned}`, `subscribed: ${isSubscribed()}`))
      })
      yield* deliver("a")
      yield* deliver("b")
      yield* take(1)
    }).pipe(Effect.scoped)
    assert.deepStrictEqual(left, ["b", "pinned: true", "subscribed: false"])
  })
)
