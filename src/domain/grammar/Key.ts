import { Predicate, type Schema } from "effect"

/** What names one thing: entities and value words, in order. `{ room: Room, date: Night }` is one room on one night. */
export type Key = Schema.Struct.Fields

/** Anything that carries the words of a key: a fact, an input, a row. */
export type Of<K extends Key> = Schema.Struct.Type<K>

/** How a word stands in a subject, a bucket or a path: an entity by its id, a value word as itself. */
const token = (word: unknown): string => String(Predicate.hasProperty(word, "id") ? word.id : word)

/** The tokens that `about` fills a key with, in the key's order: `["1", "2022-12-12"]`. */
export const tokens = <K extends Key>(key: K, about: Of<K>): ReadonlyArray<string> =>
  Object.keys(key).map((name) => token(about[name as keyof Of<K>]))

/** The words of a key, taken out of something that carries them and more. */
export const pick = <K extends Key>(key: K, about: Of<K>): Of<K> =>
  Object.fromEntries(Object.keys(key).map((name) => [name, about[name as keyof Of<K>]])) as unknown as Of<K>

const single = "all"

/** A key as one token of a subject: `1_2022-12-12`. No token has `_`, so two keys never meet. */
export const join = (tokens: ReadonlyArray<string>): string => tokens.join("_") || single

/** A key as the name of a row in a bucket, which watchers may match by part: `1.2022-12-12`. */
export const path = (tokens: ReadonlyArray<string>): string => tokens.join(".") || single
