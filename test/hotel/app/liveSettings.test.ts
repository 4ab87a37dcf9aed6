import { assert, describe, it } from "@effect/vitest"
import { nkeys } from "@nats-io/transport-node"
import { ConfigProvider, Effect } from "effect"
import { livePlan } from "#app/live/livePlan.ts"
import { projectHttpOptions } from "#app/projectFiles.ts"
import { settings } from "#app/settings.ts"
import { app } from "#features/hotel-booking/app.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"

const planOf = (env: Readonly<Record<string, string>>) =>
  settings.pipe(
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: { ...env }, preserveEmptyStrings: true })
    ),
    Effect.flatMap((config) => livePlan(hotelBooking, config))
  )

const seedOf = (pair: ReturnType<typeof nkeys.createUser>) => new TextDecoder().decode(pair.getSeed())
const named = {
  LIVE: "true",
  NATS_URL: "nats://127.0.0.1:4222",
  NATS_WEBSOCKET_URL: "wss://nats.hotel.example",
  NATS_BROWSER_ACCOUNT: "BROWSERS"
}

describe("Live rows", () => {
  it.effect("are off by default", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* planOf({}))
      assert.isUndefined(yield* planOf({ LIVE: "false", EVENT_LOG: "memory" }))
    })
  )

  it("have a page of their own, which is there only if they are on", () => {
    const url = "ws://127.0.0.1:4280"
    const open = () => assert.fail("no session is opened")
    assert.deepStrictEqual(projectHttpOptions(app, undefined).page.paths, [
      "/",
      "/guest",
      "/manager",
      "/streams",
      "/sign-in"
    ])
    assert.deepStrictEqual(projectHttpOptions(app, { url, open }).page.paths, [
      "/",
      "/guest",
      "/manager",
      "/streams",
      "/live",
      "/sign-in"
    ])
  })

  it.effect("on the app's own server admit the origins of its pages, and let browsers read views only", () =>
    Effect.gen(function* () {
      const plan = yield* planOf({
        LIVE: "true",
        PORT: "8080",
        ALLOWED_HOSTS: "hotel.example, https://book.hotel.example, *.example.org"
      })
      assert.strictEqual(plan?.url, "ws://127.0.0.1:4280")
      assert.deepStrictEqual(plan?.access?.origins, [
        "http://localhost:8080",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "http://hotel.example",
        "https://book.hotel.example"
      ])
      assert.deepStrictEqual(plan?.access?.changes, [
        "ui.hotel.rooms-v1.>",
        "ui.hotel.booking-v1.>",
        "ui.hotel.cleanup-schedule-v1.>"
      ])
    })
  )

  it.effect("on a named server use its issuer and its account", () =>
    Effect.gen(function* () {
      const issuer = nkeys.createAccount()
      const plan = yield* planOf({ ...named, NATS_BROWSER_ISSUER: seedOf(issuer) })
      assert.strictEqual(plan?.issuer.publicKey, issuer.getPublicKey())
      assert.strictEqual(plan?.account, "BROWSERS")
      assert.isUndefined(plan?.access)
    })
  )

  const secret = seedOf(nkeys.createUser())
  const cases: ReadonlyArray<readonly [string, Readonly<Record<string, string>>, RegExp]> = [
    ["without NATS", { LIVE: "true", EVENT_LOG: "memory" }, /LIVE is set, and EVENT_LOG is memory.*Leave one/u],
    ["on any free port", { LIVE: "true", PORT: "0" }, /LIVE is set, and PORT is 0.*set PORT/u],
    [
      "with an incomplete named server",
      named,
      /LIVE is set with NATS_URL, which also needs NATS_BROWSER_ISSUER: docs/u
    ],
    ["with the seed of a user as issuer", { ...named, NATS_BROWSER_ISSUER: secret }, /NATS_BROWSER_ISSUER is neither/u],
    [
      "with a file that holds no seed",
      { ...named, NATS_BROWSER_ISSUER: "package.json" },
      /^The file that NATS_BROWSER_ISSUER names holds no seed of an account \(SA…\)\.$/u
    ],
    [
      "with another scheme",
      { LIVE: "true", NATS_WEBSOCKET_URL: "http://x" },
      /NATS_WEBSOCKET_URL is set to "http:\/\/x"/u
    ],
    ["with a policy in the address", { LIVE: "true", NATS_WEBSOCKET_URL: "ws://x; img-src *" }, /NATS_WEBSOCKET_URL/u]
  ]
  for (const [name, env, message] of cases) {
    it.effect(`are refused ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(planOf(env))
        assert.match(error.message, message)
        assert.notInclude(error.message, secret)
      })
    )
  }
})
