import { randomUUID } from "node:crypto"
import { assert, it } from "@effect/vitest"
import { filterBytes, filterSize, LinkFilter } from "#layers/monitoring/tail/LinkFilter.ts"

it("a full filter finds every key that was added, and less than one in a hundred of other keys", () => {
  const bytes = new Uint8Array(filterBytes)
  const filter = new LinkFilter(bytes)
  const keys = Array.from({ length: filterSize * 2 }, () => randomUUID())
  keys.forEach((key) => filter.add(key))
  const copy = new LinkFilter(Uint8Array.from(bytes))
  assert.isTrue(keys.every((key) => copy.mightContain(key)))
  const falsePositives = Array.from({ length: 20_000 }, () => copy.mightContain(randomUUID())).filter(Boolean).length
  assert.isBelow(falsePositives, 200)
})
