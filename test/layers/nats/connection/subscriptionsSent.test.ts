import { assert, describe, it } from "@effect/vitest"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { subscriptionsSent } from "#layers/nats/connection/subscriptionsSent.ts"
import { answerAuthCallouts, type CalloutOptions } from "#layers/nats/live/authCallout.ts"
import { makeIssuer, newIssuerSeed } from "#layers/nats/live/issuer.ts"

/** A connection that drops at each of the first `drops` flushes, and is closed after `closesAfter` of them. */
const dropping = (drops: number, closesAfter = Infinity) => {
  let flushes = 0
  return {
    flushes: () => flushes,
    flush: () => (++flushes <= drops ? Promise.reject(new Error("connection disconnected")) : Promise.resolve()),
    isClosed: () => flushes >= closesAfter,
    subscribe: () => ({ unsubscribe: () => {} })
  }
}

const completed = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    yield* Effect.yieldNow
    yield* TestClock.adjust("1 second")
    return yield* Fiber.join(fiber)
  })

describe("Subscriptions while the connection drops", () => {
  it.effect("are waited for until it is back", () =>
    Effect.gen(function* () {
      const nats = dropping(3)
      yield* completed(subscriptionsSent(nats))
      assert.strictEqual(nats.flushes(), 4)
    })
  )

  it.effect("are given up if it is closed for good", () =>
    Effect.gen(function* () {
      const nats = dropping(Infinity, 2)
      yield* completed(subscriptionsSent(nats))
      assert.strictEqual(nats.flushes(), 2)
    })
  )

  it.effect("do not end the app", () =>
    Effect.gen(function* () {
      const nats = dropping(1)
      const limits = { perAddress: 1, total: 1 }
      const options = { issuer: makeIssuer(newIssuerSeed()), limits } as unknown as CalloutOptions
      yield* completed(Effect.scoped(answerAuthCallouts(nats as unknown as NatsConnection, options)))
      assert.strictEqual(nats.flushes(), 2)
    })
  )
})
