import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { fieldIndex, matches, matchTerms } from "#layers/monitoring/search/fieldIndex.ts"
import { parseTerms } from "#layers/monitoring/search/searchTerms.ts"

const Room = Schema.Struct({ id: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9_999 })) })
const Day = Schema.String.check(Schema.isPattern(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$/u))

const names = ["room", "client", "date"]

describe("A search text is parsed as", () => {
  it.each([
    ["12", [{ text: "12" }]],
    ["room 12", [{ name: "room", text: "12" }]],
    ["Room 12 2026-12-01", [{ name: "room", text: "12" }, { text: "2026-12-01" }]],
    [
      "room=12 client:7",
      [
        { name: "room", text: "12" },
        { name: "client", text: "7" }
      ]
    ],
    ['title="War and Peace"', [{ name: undefined, text: "War and Peace" }]],
    ['client "Ann Lee"', [{ name: "client", text: "Ann Lee" }]],
    ["room", [{ text: "room" }]],
    ["room client", [{ name: "room", text: "client" }]],
    ["1_2022-12-12", [{ text: "1_2022-12-12" }]],
    ["urn:a=b", [{ text: "urn:a=b" }]],
    ["  ", []]
  ] as const)("%s", (query, terms) => {
    assert.deepEqual(parseTerms(query, names), terms as never)
  })

  it("at most eight values", () => {
    assert.lengthOf(parseTerms("1 2 3 4 5 6 7 8 9", names), 8)
  })
})

describe("A value", () => {
  const fields = fieldIndex({
    room: Room,
    date: Day,
    guests: Schema.optionalKey(Schema.Int),
    host: Schema.optionalKey(Room),
    notes: Schema.Array(Schema.String)
  })
  const match = (name: string | undefined, text: string) => matchTerms(fields, [{ name, text }])

  it("is searched for in the fields that may have it, as keys contain it", () => {
    assert.deepStrictEqual(match(undefined, "007"), [
      [
        ["room", "7"],
        ["guests", "7"],
        ["host", "7"]
      ]
    ])
    assert.deepStrictEqual(match("room", "7"), [[["room", "7"]]])
    assert.deepStrictEqual(match(undefined, "2026-12-01"), [[["date", "2026-12-01"]]])
    for (const [name, text] of [
      ["room", "10000"],
      ["date", "2026-02-30"],
      ["nobody", "1"],
      [undefined, "a note"]
    ] as const) {
      assert.isUndefined(match(name, text))
    }
  })

  it("matches a field that has it, of an entity by its id", () => {
    const row = { room: { id: 7 }, date: "2026-12-01", guests: 2 }
    assert.isTrue(matches(row, match(undefined, "7")!))
    assert.isTrue(matches(row, match(undefined, "2")!))
    assert.isFalse(matches(row, match(undefined, "3")!))
    assert.isFalse(matches("7", match(undefined, "7")!))
  })
})
