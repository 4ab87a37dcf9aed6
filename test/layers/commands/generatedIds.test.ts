import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { Validation } from "#domain/model/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { deriveId } from "#layers/services/Ids.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { type CartOpened, NotYourself, OpenCart, shop } from "#test/boards/cartBoard.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { assertHolds, scenariosOf } from "#test/support/scenarios.ts"

const customer = { id: "ann" }
const running = runningBoard(shop, memoryBackend)

/** Opens a cart; returns the event. */
const open = (commandId: string) =>
  Effect.gen(function* () {
    const receipt = yield* (yield* Commands).execute(OpenCart, { customer }, { actor: "Customer", commandId })
    const stored = Option.getOrThrow(yield* (yield* EventLog).readAt(receipt.seq)) as RecordedEvent
    return { event: stored.event as CartOpened, receipt }
  })

describe("Generated ids", () => {
  it.live("derive from the command's id, so that a repeated command names the same thing", () =>
    Effect.gen(function* () {
      const { event, receipt } = yield* open("one")
      assert.strictEqual(event.cart.id, deriveId("one/cart"))
      assert.strictEqual(event.receipt, deriveId("one/receipt"))
      assert.deepStrictEqual((yield* open("one")).receipt, { ...receipt, duplicate: true })
      assert.notStrictEqual((yield* open("two")).event.cart.id, event.cart.id)
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it.live("a secret cannot be derived from the command's id, and differs for each command", () =>
    Effect.gen(function* () {
      const links = [(yield* open("three")).event.link, (yield* open("four")).event.link]
      for (const link of links) assert.match(link, /^[A-Za-z0-9_-]{43}$/u)
      assert.notStrictEqual(links[0], links[1])
      assert.notInclude(links, deriveId("three/link"))
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it.live("are neither asked for nor accepted over HTTP", () =>
    Effect.gen(function* () {
      const { url } = yield* start(shop, { host: "127.0.0.1", port: 0 })
      const put = (data: object) =>
        Effect.promise(async () => {
          const headers = { "content-type": "application/json" }
          const answer = await fetch(`${url}/carts`, { method: "PUT", headers, body: JSON.stringify({ data }) })
          return { status: answer.status, body: (await answer.json()) as any }
        })
      assert.strictEqual((yield* put({ customer })).status, 201)
      const refused = yield* put({ customer, cart: { id: deriveId("mine") } })
      assert.deepStrictEqual([refused.status, refused.body.errors[0].path], [400, "data.cart"])
      const openapi = yield* Effect.promise(async () => (await (await fetch(`${url}/openapi.json`)).json()) as any)
      assert.deepStrictEqual(Object.keys(openapi.components.schemas.OpenCart.properties), ["customer"])
    }).pipe(Effect.scoped, Effect.provide(running))
  )

  it("have values in scenarios", () => {
    assert.deepStrictEqual(Validation.violations(shop), [])
    scenariosOf(shop).forEach(assertHolds)
  })
})

it.live("a rule may depend on what is proved about the caller", () =>
  Effect.gen(function* () {
    const { execute } = yield* Commands
    const as = (name: string) =>
      Effect.result(execute(OpenCart, { customer }, { actor: "Customer", claims: { customer: name } }))
    assert.strictEqual((yield* as("ann"))._tag, "Success")
    const refused = yield* Effect.flip(Effect.fromResult(yield* as("bob")))
    assert.deepInclude(refused, { _tag: "Refused", rejection: new NotYourself({ customer }) })
  }).pipe(Effect.scoped, Effect.provide(running))
)
