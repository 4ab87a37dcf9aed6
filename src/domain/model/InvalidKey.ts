import { Data, Predicate } from "effect"

/**
 * A value cannot be part of a key. `field` is its path in the event, input or row: `room.id` for an entity, else the word
 * itself.
 */
export class InvalidKey extends Data.TaggedError("InvalidKey")<{ readonly field: string; readonly reason: string }> {
  override get message() {
    return `${this.field} cannot name a thing: ${this.reason}.`
  }
}

/** The path of a word's value in an event, input or row. */
export const fieldOf = (name: string, word: unknown): string =>
  Predicate.hasProperty(word, "id") ? `${name}.id` : name
