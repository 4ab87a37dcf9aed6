import { assert, describe, it } from "@effect/vitest"
import { nightsFrom } from "#domain/stayNights.ts"
import { Night } from "#domain/values.ts"

const cases: Record<string, readonly [first: string, nights: number, expected: ReadonlyArray<string>]> = {
  "one night is the first one": ["2026-05-06", 1, ["2026-05-06"]],
  "the end of a month": ["2026-04-29", 3, ["2026-04-29", "2026-04-30", "2026-05-01"]],
  "the end of a year": ["2022-12-30", 3, ["2022-12-30", "2022-12-31", "2023-01-01"]],
  "29 February in a leap year": ["2028-02-28", 3, ["2028-02-28", "2028-02-29", "2028-03-01"]],
  "28 February in another year": ["2026-02-28", 2, ["2026-02-28", "2026-03-01"]],
  "29 February in 2000, a century that is a leap year": ["2000-02-28", 2, ["2000-02-28", "2000-02-29"]],
  "28 February in 1900, a century that is none": ["1900-02-28", 2, ["1900-02-28", "1900-03-01"]],
  "days on which clocks change": ["2026-03-28", 3, ["2026-03-28", "2026-03-29", "2026-03-30"]],
  "nothing after the last night of the calendar": ["2099-12-30", 30, ["2099-12-30", "2099-12-31"]]
}

describe("The nights of a stay:", () => {
  for (const [title, [first, nights, expected]] of Object.entries(cases)) {
    it(title, () => assert.deepStrictEqual<ReadonlyArray<string>>(nightsFrom(Night.make(first), nights), expected))
  }

  it("are as many as asked for, in order, each once", () => {
    const nights = nightsFrom(Night.make("2027-12-20"), 30)
    assert.strictEqual(new Set(nights).size, 30)
    assert.deepStrictEqual(nights, [...nights].sort())
  })
})
