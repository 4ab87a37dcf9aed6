import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { developmentIssuer } from "#layers/access/developmentIssuer.ts"
import { apps } from "#test/support/appBoards.ts"

const folder = mkdtempSync(join(tmpdir(), "token-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** An actor with an endpoint, of the default board. */
const { board } = apps[0]!
const actor = board.slices.flatMap((slice) => (slice._tag === "View" ? [slice.by.actor] : []))[0]!

const run = (...args: ReadonlyArray<string>) => {
  const env = { ...process.env, DATA_DIR: folder, BOARD: undefined }
  const { status, stderr, stdout } = spawnSync(process.execPath, ["src/app/tools/tokenTool.ts", ...args], {
    env,
    encoding: "utf8"
  })
  return { status, stderr, stdout: stdout.trim() }
}

describe("npm run token", () => {
  it.live("prints a token that an app with the same folder accepts", () =>
    Effect.gen(function* () {
      const claims = (actor.claims ?? []).flatMap((name) => [`--${name}`, "7"])
      const { status, stdout } = run("--actor", actor.name, ...claims, "--subject", "ann")
      assert.strictEqual(status, 0)
      const { authenticate } = yield* developmentIssuer(folder, board.name)
      const caller = yield* authenticate(stdout)
      assert.deepStrictEqual([caller.subject, [...caller.roles]], ["ann", [actor.name]])
      assert.deepStrictEqual(caller.claims, Object.fromEntries((actor.claims ?? []).map((name) => [name, "7"])))
      assert.strictEqual(statSync(join(folder, "development-issuer.json")).mode & 0o777, 0o600)
    })
  )

  it("says which roles there are, and how it is used", () => {
    for (const args of [[], ["--actor", "Ghost"], ["--actor", "Operator", "--hours", "0"], ["--nonsense"]]) {
      const { status, stderr } = run(...args)
      assert.strictEqual(status, 1, args.join(" "))
      assert.include(stderr, "Usage: npm run token -- --actor <role>")
    }
    assert.include(run("--actor", "Ghost").stderr, `There is no role Ghost. The roles of ${board.name} are `)
  })
})
