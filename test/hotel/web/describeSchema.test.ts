import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Night, Room, Team } from "#domain/values.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { blueprintOf } from "#layers/blueprint/blueprint.ts"
import { jsonSchemaOf } from "#layers/contract/jsonSchema.ts"
import { describeSchema } from "../../../web/src/wall/panel/describeSchema.ts"
import { fieldsOf, type JsonSchema } from "../../../web/src/wall/panel/schema.ts"

const wordsOf = (schema: Schema.Constraint): string => {
  const of = { of: schema }
  const [field] = fieldsOf(jsonSchemaOf(Schema.Struct(of as never), of as never) as JsonSchema)
  return describeSchema(field!.schema, jsonSchemaOf(Schema.Struct(of as never), of as never) as JsonSchema)
}

const text = Schema.String

describe("A schema in words:", () => {
  it.each<readonly [words: string, schema: Schema.Constraint]>([
    ["whole number", Schema.Int],
    ["whole number, 1 to 9,999", Room.fields.id],
    ["whole number, more than 0", Schema.Int.check(Schema.isGreaterThan(0))],
    ["whole number, at least 0", Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))],
    ["whole number, at most 5", Schema.Int.check(Schema.isLessThanOrEqualTo(5))],
    ["whole number, a multiple of 5", Schema.Int.check(Schema.isMultipleOf(5))],
    ["number", Schema.Finite],
    ["number", Schema.Number],
    ["number, 0.5 to 2", Schema.Finite.check(Schema.isBetween({ minimum: 0.5, maximum: 2 }))],
    ["true or false", Schema.Boolean],
    ["text", text],
    ["text, at least 1 character", Schema.NonEmptyString],
    ["text, at most 20 characters", text.check(Schema.isMaxLength(20))],
    ["text, 1 to 20 characters", text.check(Schema.isMinLength(1), Schema.isMaxLength(20))],
    ["day, as 2026-12-24", Night],
    ["day and time", text.annotate({ format: "date-time" })],
    ["UUID", text.check(Schema.isUUID())],
    ["1 to 20 characters of a–z, 0–9 and -, beginning with a–z", Team],
    ["at least 1 character of 0–9", text.check(Schema.isPattern(/^\d+$/u))],
    ["4 characters of A–Z", text.check(Schema.isPattern(/^[A-Z]{4}$/u))],
    ["text that matches ^(?:a|b)$", text.check(Schema.isPattern(/^(?:a|b)$/u))],
    ["free, booked or occupied", Schema.Literals(["free", "booked", "occupied"])],
    ["always on", Schema.Literal("on")],
    ["text or nothing", Schema.NullOr(text)],
    ["whole number or text", Schema.Union([Schema.Int, text])],
    ["list of text", Schema.Array(text)],
    ["list of at least 1: text", Schema.Array(text).check(Schema.isMinLength(1))],
    ["list of (id: whole number, 1 to 9,999)", Schema.Array(Room)],
    ["list: text; whole number", Schema.Tuple([text, Schema.Int])],
    ["whole number, by name", Schema.Record(text, Schema.Int)],
    [
      "list of (room.id, team (optional), done)",
      Schema.Array(Schema.Struct({ room: Room, team: Schema.optionalKey(Team), done: Schema.Boolean }))
    ]
  ])("%s", (words, schema) => {
    assert.strictEqual(wordsOf(schema), words)
  })

  it("combined bounds are described as the narrower ones", () => {
    const both = { allOf: [{ type: "integer", minimum: 1, maximum: 10 }, { minimum: 3 }], maximum: 20 }
    assert.strictEqual(describeSchema(both), "whole number, 3 to 10")
    assert.strictEqual(describeSchema({ type: "string", minLength: 3, maxLength: 3 }), "text, 3 characters")
  })

  it("no schema of the hotel is described in technical terms", () => {
    const { commands, facts, views } = blueprintOf(hotelBooking)
    for (const { schema } of [...commands, ...facts, ...views]) {
      for (const field of fieldsOf(schema as JsonSchema)) {
        assert.notMatch(describeSchema(field.schema, schema as JsonSchema), /integer|string|9007|object|\^|null/u)
      }
    }
  })
})
