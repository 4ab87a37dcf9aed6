import { assert, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { settings } from "#app/settings.ts"
import { startApp } from "#test/support/startApp.ts"

const asSet = (ROOMS: string) =>
  settings.pipe(
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: { ROOMS }, preserveEmptyStrings: true })
    )
  )

it.effect("ROOMS may be empty, which means none, and not blank", () =>
  Effect.gen(function* () {
    assert.deepInclude(yield* asSet(""), { seeds: [] })
    assert.include((yield* Effect.flip(asSet(" "))).message, 'ROOMS is set to " "')
  })
)

it.live(
  "a hotel without rooms to begin with has none",
  () =>
    Effect.gen(function* () {
      const app = yield* startApp({ EVENT_LOG: "memory", ROOMS: "" })
      assert.notInclude(app.output(), "rooms to begin with")
      const rooms = yield* Effect.promise(async () => (await fetch(`${app.url}/rooms`)).json())
      assert.deepInclude(rooms as object, { rooms: [] })
    }).pipe(Effect.scoped),
  60_000
)
