import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

const bench = (...names: ReadonlyArray<string>) =>
  Effect.promise(() => promisify(execFile)("npm", ["run", "--silent", "bench", "--", ...names]))

it.live("the benchmark runs, and prints the ratio to the limit", () =>
  Effect.gen(function* () {
    const { stdout } = yield* bench("--quick", "hot-stream", "place-forgotten")
    assert.match(stdout, /^hot-stream +1 +2m +[\d,]+ \/s +[\d,]+ \/s +\d+\.\d+ +≥ 0\.5 [✓✗]$/mu)
    assert.match(stdout, /^place-forgotten +64 +2m /mu)
  })
)

it.live("an unknown measure is named", () =>
  Effect.gen(function* () {
    const { stdout, stderr } = yield* bench("nonsense").pipe(
      Effect.catchDefect((error) => Effect.succeed(error as { readonly stdout: string; readonly stderr: string }))
    )
    assert.include(stdout + stderr, "nonsense")
  })
)
