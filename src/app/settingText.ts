import { Schema } from "effect"

/** A text that is not blank; `expected` says what it is, in the message. */
export const nonBlankText = (expected: string) =>
  Schema.String.check(Schema.makeFilter((value) => value.trim() !== "" || `Expected ${expected}`))

/** The entries of a list with commas. */
export const entriesOf = (list: string): ReadonlyArray<string> => list.split(",").map((entry) => entry.trim())

const listFormat = new Intl.ListFormat("en", { type: "conjunction" })

/** Names as a sentence lists them: `A, B, and C`. */
export const listed = (names: Iterable<string>): string => listFormat.format(names)
