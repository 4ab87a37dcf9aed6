import { Data, Predicate } from "effect"

/**
 * A value cannot be part of a key. `field` is where it stands in what carries the key: `room.id` for an entity, else the
 * word itself.
 */
export class InvalidKey extends Data.TaggedError("InvalidKey")<{ readonly field: string; readonly reason: string }> {
  override get message() {
    return `${this.field} cannot name a thing: ${this.reason}.`
  }
}

/** Where the value of a word stands, in what carries the key. */
export const fieldOf = (name: string, word: unknown): string =>
  Predicate.hasProperty(word, "id") ? `${name}.id` : name
