import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { diskOf, mostKept, shortage } from "#app/diskSpace.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { temporaryFolder } from "#test/support/nats.ts"

const most = mostKept(hotelBooking)

it("a disk is said to be too small if it is full before the limits are reached", () => {
  assert.isUndefined(shortage(hotelBooking, { free: most, used: 0 }))
  assert.isUndefined(shortage(hotelBooking, { free: 1, used: most - 1 }))
  assert.isUndefined(shortage(hotelBooking, { free: 0, used: 2 * most }))
  assert.match(
    shortage(hotelBooking, { free: 3 * 2 ** 29, used: most - 2 ** 31 })!,
    /^1.5 GiB .+ grow by 2 GiB .+the app ends/u
  )
})

it.live("what a folder takes up is all that is in it", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryFolder
    const before = yield* diskOf(folder)
    mkdirSync(join(folder, "jetstream"))
    const empty = yield* diskOf(folder)
    writeFileSync(join(folder, "jetstream", "1.blk"), "x".repeat(100_000))
    const { free, used } = yield* diskOf(folder)
    assert.isAtLeast(used, 100_000)
    assert.isBelow(used - empty.used, 110_000)
    assert.isAtMost(before.used, empty.used)
    assert.isAbove(free, 0)
  })
)
