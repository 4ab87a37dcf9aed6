import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { diskSpaceOf, totalMaxBytes, shortageMessage } from "#app/diskSpace.ts"
import { appBoards } from "#test/support/appBoards.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const board = appBoards[0]!
const maxBytes = totalMaxBytes(board)

it("a disk that is full before the streams reach their limits gets a warning", () => {
  assert.isUndefined(shortageMessage(board, { freeBytes: maxBytes, usedBytes: 0 }))
  assert.isUndefined(shortageMessage(board, { freeBytes: 1, usedBytes: maxBytes - 1 }))
  assert.isUndefined(shortageMessage(board, { freeBytes: 0, usedBytes: 2 * maxBytes }))
  assert.match(
    shortageMessage(board, { freeBytes: 3 * 2 ** 29, usedBytes: maxBytes - 2 ** 31 })!,
    /^1.5 GiB .+ grow by 2 GiB .+the app ends/u
  )
})

it.live("the used bytes of a folder include its subfolders", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const before = yield* diskSpaceOf(folder)
    mkdirSync(join(folder, "jetstream"))
    const empty = yield* diskSpaceOf(folder)
    writeFileSync(join(folder, "jetstream", "1.blk"), "x".repeat(100_000))
    const { freeBytes, usedBytes } = yield* diskSpaceOf(folder)
    assert.isAtLeast(usedBytes, 100_000)
    assert.isBelow(usedBytes - empty.usedBytes, 110_000)
    assert.isAtMost(before.usedBytes, empty.usedBytes)
    assert.isAbove(freeBytes, 0)
  })
)
