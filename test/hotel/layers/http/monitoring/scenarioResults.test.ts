import { mkdirSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { scenarioResults } from "#test/support/scenarioResults.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

it.live("the blueprint has the results of the last test run as soon as it has finished", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const [code, results] = [join(folder, "code"), join(folder, "scenarios.json")]
    mkdirSync(code)
    writeFileSync(join(code, "a.ts"), "1")
    const tested = { results, code: [code] }
    const { url } = yield* start(hotelBooking, { host: "127.0.0.1", port: 0, tested })
    let etag = ""
    const ruleNow = Effect.promise(async () => {
      const answer = await fetch(`${url}/blueprint.json`, { headers: { "if-none-match": etag } })
      if (answer.status === 304) return "unchanged"
      etag = answer.headers.get("etag")!
      const { slices } = (await answer.json()) as any
      return slices.find(({ id }: any) => id === "add-room").rules[0].result
    })
    let runs = 0
    const run = (holds: boolean) =>
      Effect.sync(() => {
        const { note, write } = scenarioResults(results, [code])
        try {
          note("hotel", "Manager adds a room", "a room is added once", () => assert.isTrue(holds))
        } catch {}
        write()
        utimesSync(results, ++runs, runs)
      })

    assert.isNull(yield* ruleNow)
    assert.strictEqual(yield* ruleNow, "unchanged")
    yield* run(true)
    assert.strictEqual(yield* ruleNow, "passed")
    assert.strictEqual(yield* ruleNow, "unchanged")
    yield* run(false)
    assert.strictEqual(yield* ruleNow, "failed")
    // Results of other code than the running one.
    writeFileSync(join(code, "a.ts"), "2")
    yield* run(true)
    assert.isNull(yield* ruleNow)
  }).pipe(Effect.scoped, Effect.provide(runningBoard(hotelBooking, memoryBackend)))
)
