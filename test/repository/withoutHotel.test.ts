import { execFile, spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

const hasTools = ["git", "nice", "perl"].every((tool) => spawnSync(tool, ["--version"]).status === 0)

/** What CONTRIBUTING.md says to do. The tests that need a server, an app or a browser would take as long as all tests. */
const [, section = ""] = /^### Without the hotel\n([\s\S]*?)^### /mu.exec(
  `${readFileSync("CONTRIBUTING.md", "utf8").replaceAll(/^## /gmu, "### ")}\n### `
)!
const [, block = ""] = /^```sh\n([\s\S]*?)^```$/mu.exec(section) ?? []
const script = block.replace("npm test", "npm run test:fast")

/** Whether what the block removes first is still there: it is not where the hotel was replaced already. */
const [, removed = ""] = /^rm -r (\S+)/mu.exec(block) ?? []
const isReplaced = block !== "" && !existsSync(removed)

/** A copy of the files that are committed or will be, without those that are ignored. */
const copyOfProject = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = mkdtempSync(join(tmpdir(), "without-hotel-"))
    const { stdout } = spawnSync("git", ["ls-files", "-coz", "--exclude-standard"], { encoding: "utf8" })
    for (const file of stdout.split("\0").filter((file) => file !== "" && existsSync(file))) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      cpSync(file, join(folder, file))
    }
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"), "junction")
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

describe("The courses in place of the hotel", () => {
  it.live.skipIf(!hasTools || isReplaced)(
    "are a project that type checks, whose lint is clean and whose fast tests pass",
    () =>
      Effect.gen(function* () {
        assert.match(script, /^rm -r .*src\/features\/hotel-booking/mu)
        assert.include(script, "npm run test:fast")
        const cwd = yield* copyOfProject
        // Beside other tests, some of which measure time.
        const env = { ...process.env, VITEST_MAX_WORKERS: "1" }
        const run = promisify(execFile)("nice", ["sh", "-ec", script], { cwd, env, maxBuffer: 2 ** 26 })
        const failed = yield* Effect.promise(() => run.then(() => undefined).catch((error: unknown) => error))
        const { stdout = "", stderr = "" } = (failed ?? {}) as { readonly stdout?: string; readonly stderr?: string }
        assert.isUndefined(failed, `${stdout}\n${stderr}`.slice(-4_000))
      }).pipe(Effect.scoped),
    600_000
  )
})
