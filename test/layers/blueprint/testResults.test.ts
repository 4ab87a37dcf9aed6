import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { codeDigest, readResults, resultsOf } from "#layers/blueprint/testResults.ts"
import { scenarioResults } from "#test/support/scenarioResults.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

/** A folder of code and a file of results, and the result that the blueprint has for a scenario now. */
const project = Effect.map(temporaryFolder, (folder) => {
  const code = join(folder, "code")
  const file = join(folder, "results", "scenarios.json")
  mkdirSync(join(code, "deep"), { recursive: true })
  writeFileSync(join(code, "deep", "a.ts"), "1")
  return {
    code,
    file,
    run: () => scenarioResults(file, [code]),
    resultOf: (scenario: string) => resultsOf("hotel", codeDigest([code]), readResults(file))("A slice", scenario)
  }
})

it.live("a result is that of the last run, of the same code", () =>
  Effect.gen(function* () {
    const { code, file, resultOf, run } = yield* project
    assert.isNull(resultOf("holds"))
    const first = run()
    first.note("hotel", "A slice", "holds", () => {})
    assert.throws(() =>
      first.note("hotel", "A slice", "fails", () => {
        throw new Error("no")
      })
    )
    first.write()
    assert.deepStrictEqual([resultOf("holds"), resultOf("fails"), resultOf("another")], ["passed", "failed", null])

    const second = run()
    second.note("hotel", "A slice", "fails", () => {})
    second.write()
    assert.deepStrictEqual([resultOf("holds"), resultOf("fails")], ["passed", "passed"])

    writeFileSync(join(code, "deep", "a.ts"), "2")
    assert.isNull(resultOf("holds"))
    const third = run()
    third.note("hotel", "A slice", "fails", () => {})
    third.write()
    assert.deepStrictEqual([resultOf("holds"), resultOf("fails")], [null, "passed"])

    run().write()
    assert.strictEqual(resultOf("fails"), "passed")
    writeFileSync(file, "{")
    assert.isNull(resultOf("fails"))
  }).pipe(Effect.scoped)
)
