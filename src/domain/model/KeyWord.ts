import { Predicate } from "effect"
import { fieldOf, InvalidKey } from "./InvalidKey.ts"
import * as KeyToken from "./KeyToken.ts"

/** The text of a word: text, a finite number, true or false, or the id of an entity. `-0` is 0. Throws `InvalidKey`. */
export const textOf = (name: string, word: unknown): string => {
  const value = Predicate.hasProperty(word, "id") ? word.id : word
  const fail = (reason: string) => new InvalidKey({ field: fieldOf(name, word), reason })
  switch (typeof value) {
    case "string": {
      const problem = KeyToken.problemOf(value)
      if (problem !== undefined) throw fail(problem)
      return value
    }
    case "number":
      if (!Number.isFinite(value)) throw fail(`Expected a finite number, got ${value}`)
      return String(value)
    case "boolean":
      return String(value)
    default:
      throw fail(`Expected text, a number, true or false, got ${value === null ? "null" : typeof value}`)
  }
}
