import { randomUUID } from "node:crypto"
import { assert, it } from "@effect/vitest"
import { filterBytes, filterSize, LinkFilter } from "#layers/monitoring/tail/LinkFilter.ts"

it("a full filter finds all that was added, and of what was not, less than one in a hundred", () => {
  const bytes = new Uint8Array(filterBytes)
  const filter = new LinkFilter(bytes)
  const keys = Array.from({ length: filterSize * 2 }, () => randomUUID())
  keys.forEach((key) => filter.add(key))
  const again = new LinkFilter(Uint8Array.from(bytes))
  assert.isTrue(keys.every((key) => again.mightContain(key)))
  const wrong = Array.from({ length: 20_000 }, () => again.mightContain(randomUUID())).filter(Boolean).length
  assert.isBelow(wrong, 200)
})
