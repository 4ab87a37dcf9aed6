import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { codeDigest, readResults, resultsOf } from "#layers/blueprint/testResults.ts"
import { scenarioResults } from "#test/support/scenarioResults.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

/** A folder of code and a file of results, and what the blueprint would say of a scenario now. */
const ground = Effect.map(temporaryFolder, (folder) => {
  const code = join(folder, "code")
  const file = join(folder, "results", "scenarios.json")
  mkdirSync(join(code, "deep"), { recursive: true })
  writeFileSync(join(code, "deep", "a.ts"), "1")
  return {
    code,
    file,
    run: () => scenarioResults(file, [code]),
    says: (sentence: string) => resultsOf("hotel", codeDigest([code]), readResults(file))("A slice", sentence)
  }
})

it.live("a result is what the last run said, of this very code", () =>
  Effect.gen(function* () {
    const { code, file, run, says } = yield* ground
    assert.isNull(says("holds"))
    const first = run()
    first.note("hotel", "A slice", "holds", () => {})
    assert.throws(() =>
      first.note("hotel", "A slice", "fails", () => {
        throw new Error("no")
      })
    )
    first.write()
    assert.deepStrictEqual([says("holds"), says("fails"), says("another")], ["passed", "failed", null])

    const second = run()
    second.note("hotel", "A slice", "fails", () => {})
    second.write()
    assert.deepStrictEqual([says("holds"), says("fails")], ["passed", "passed"])

    writeFileSync(join(code, "deep", "a.ts"), "2")
    assert.isNull(says("holds"))
    const third = run()
    third.note("hotel", "A slice", "fails", () => {})
    third.write()
    assert.deepStrictEqual([says("holds"), says("fails")], [null, "passed"])

    run().write()
    assert.strictEqual(says("fails"), "passed")
    writeFileSync(file, "{")
    assert.isNull(says("fails"))
  }).pipe(Effect.scoped)
)
