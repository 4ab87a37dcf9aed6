import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "#test/support/testServer.ts"

it.live("a test removes its temporary folder, also if it contains read-only folders (which root can write)", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const deep = join(folder, "store", "package")
      mkdirSync(deep, { recursive: true })
      writeFileSync(join(deep, "file"), "")
      chmodSync(deep, 0o555)
      chmodSync(join(folder, "store"), 0o555)
      return folder
    }).pipe(Effect.scoped)
    assert.isFalse(existsSync(folder))
  })
)
