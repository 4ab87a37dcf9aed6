import { assert, describe, it } from "@effect/vitest"
import { errors, type NatsConnection } from "@nats-io/transport-node"
import { Effect, Exit, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type StreamDescription, restoreStream } from "#layers/nats/backup/streamSnapshot.ts"

const description = { config: { name: "log" }, state: {} } as StreamDescription

/** A server that is known to the other nodes only after so many tries; what it took, in order. */
const cluster = (unknownFor: number) => {
  const took: Array<string> = []
  let tries = 0
  const request = async (subject: string, payload: Uint8Array | string) => {
    const answer = { data: new Uint8Array(2), json: () => ({ deliver_subject: "restore.here" }) }
    if (subject !== "restore.here") return answer
    if (++tries <= unknownFor) {
      const cause = new errors.NoRespondersError(subject)
      throw new errors.RequestError(cause.message, { cause })
    }
    took.push(payload.toString())
    return answer
  }
  return { took, nats: { request } as unknown as NatsConnection }
}

const restoring = Effect.fnUntraced(function* (nats: NatsConnection) {
  const bytes = Stream.make(Buffer.from("one"), Buffer.from("two"))
  const running = yield* Effect.forkChild(restoreStream(nats, description, bytes))
  for (let n = 0; n < 110; n++) {
    yield* Effect.promise(() => Promise.resolve())
    yield* TestClock.adjust("50 millis")
  }
  return yield* Fiber.await(running)
})

describe("A stream that is restored", () => {
  it.effect("goes to whoever takes it, as soon as all nodes know of them", () =>
    Effect.gen(function* () {
      const { nats, took } = cluster(3)
      assert.isTrue(Exit.isSuccess(yield* restoring(nats)))
      assert.deepStrictEqual(took, ["one", "two", ""])
    })
  )

  it.effect("is given up when nobody takes it", () =>
    Effect.gen(function* () {
      const { nats, took } = cluster(Infinity)
      assert.include(String(yield* restoring(nats)), "The stream log could not be restored: no responders")
      assert.deepStrictEqual(took, [])
    })
  )
})
