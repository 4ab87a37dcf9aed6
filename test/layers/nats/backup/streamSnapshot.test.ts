import { assert, describe, it } from "@effect/vitest"
import { errors, type NatsConnection } from "@nats-io/transport-node"
import { Effect, Exit, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type StreamDescription, restoreStream } from "#layers/nats/backup/streamSnapshot.ts"

const description = { config: { name: "log" }, state: {} } as StreamDescription

/** A cluster that reports no responder for so many requests; `received` has the payloads of the others, in order. */
const cluster = (failures: number) => {
  const received: Array<string> = []
  let tries = 0
  const request = async (subject: string, payload: Uint8Array | string) => {
    const answer = { data: new Uint8Array(2), json: () => ({ deliver_subject: "restore.here" }) }
    if (subject !== "restore.here") return answer
    if (++tries <= failures) {
      const cause = new errors.NoRespondersError(subject)
      throw new errors.RequestError(cause.message, { cause })
    }
    received.push(payload.toString())
    return answer
  }
  return { received, nats: { request } as unknown as NatsConnection }
}

const runRestore = Effect.fnUntraced(function* (nats: NatsConnection) {
  const bytes = Stream.make(Buffer.from("one"), Buffer.from("two"))
  const running = yield* Effect.forkChild(restoreStream(nats, description, bytes))
  for (let n = 0; n < 110; n++) {
    yield* Effect.promise(() => Promise.resolve())
    yield* TestClock.adjust("50 millis")
  }
  return yield* Fiber.await(running)
})

describe("A restore of a stream", () => {
  it.effect("reaches its responder as soon as all nodes know it", () =>
    Effect.gen(function* () {
      const { nats, received } = cluster(3)
      assert.isTrue(Exit.isSuccess(yield* runRestore(nats)))
      assert.deepStrictEqual(received, ["one", "two", ""])
    })
  )

  it.effect("fails if there is no responder", () =>
    Effect.gen(function* () {
      const { nats, received } = cluster(Infinity)
      assert.include(String(yield* runRestore(nats)), "The stream log could not be restored: no responders")
      assert.deepStrictEqual(received, [])
    })
  )
})
