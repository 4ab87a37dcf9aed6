import { Schema, SchemaTransformation } from "effect"

/** A whole number within bounds, as text. */
export const wholeNumber = (minimum: number, maximum: number) =>
  Schema.String.check(
    Schema.makeFilter(
      (text) =>
        (/^\d{1,9}$/u.test(text) && Number(text) >= minimum && Number(text) <= maximum) ||
        `Expected a whole number from ${minimum} to ${maximum}`
    )
  ).pipe(Schema.decodeTo(Schema.Int, SchemaTransformation.numberFromString))
