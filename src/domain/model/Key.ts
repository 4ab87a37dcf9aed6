import type { Schema } from "effect"
import { fieldOf, InvalidKey } from "./InvalidKey.ts"
import * as KeyToken from "./KeyToken.ts"
import { textOf } from "./KeyWord.ts"

export { InvalidKey } from "./InvalidKey.ts"

/** The words that name one thing, in order, entities or values. `{ room: Room, date: Night }` is one room on one night. */
export type Key = Schema.Struct.Fields

/** Anything that carries the words of a key: an event, an input, a row. */
export type Of<K extends Key> = Schema.Struct.Type<K>

/**
 * Characters that all tokens of a key may have together. The subject of a lane has them twice, and a line of the NATS
 * protocol has 4,096 by default (`max_control_line`).
 */
export const maxLength = 1_536

/**
 * The words that `about` fills a key with, in the key's order, as text: `["1", "2022-12-12"]`. Throws `InvalidKey`.
 *
 * Words are not normalised: if one id has several spellings (upper and lower case of a UUID, composed and decomposed
 * Unicode), each names another thing. A word whose spellings mean the same has to normalise them in its schema.
 */
export const texts = <K extends Key>(key: K, about: Of<K>): ReadonlyArray<string> =>
  Object.keys(key).map((name) => textOf(name, about[name as keyof Of<K>]))

/** The same as tokens of a subject, a bucket's key or a stream id, see `KeyToken.encode`. Throws `InvalidKey`. */
export const tokens = <K extends Key>(key: K, about: Of<K>): ReadonlyArray<string> => {
  const all = texts(key, about).map(KeyToken.encode)
  const length = all.reduce((sum, token) => sum + token.length + 1, -1)
  if (length <= maxLength) return all
  const reason = `Expected a key of at most ${maxLength} characters when it is escaped, got ${length}`
  const maxTokenLength = Math.max(...all.map((token) => token.length))
  const name = Object.keys(key)[all.findIndex((token) => token.length === maxTokenLength)]!
  throw new InvalidKey({ field: fieldOf(name, about[name as keyof Of<K>]), reason })
}

/** Only the words of a key, of an object that may have more fields. */
export const pick = <K extends Key>(key: K, about: Of<K>): Of<K> =>
  Object.fromEntries(Object.keys(key).map((name) => [name, about[name as keyof Of<K>]])) as unknown as Of<K>

const emptyKeyToken = "all"

/** A key as one token of a subject: `1_2022-12-12`. No token has `_`, so different keys have different tokens. */
export const toSubjectToken = (tokens: ReadonlyArray<string>): string => tokens.join("_") || emptyKeyToken

/** A key as the key of a row in a bucket, which a watch can match in part: `1.2022-12-12`. */
export const toBucketKey = (tokens: ReadonlyArray<string>): string => tokens.join(".") || emptyKeyToken

const textsIn = (key: Key, tokens: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
  const words = Object.keys(key).length
  if (words === 0) return tokens.length === 1 && tokens[0] === emptyKeyToken ? [] : undefined
  const read = tokens.map(KeyToken.decode)
  return tokens.length === words && read.every((text) => text !== undefined) ? read : undefined
}

/** The words of a key as text, from `toSubjectToken`; `undefined` for a token that it never returns. */
export const fromSubjectToken = (key: Key, subjectToken: string) => textsIn(key, subjectToken.split("_"))

/** The words of a key as text, from `toBucketKey`; `undefined` for a key that it never returns. */
export const fromBucketKey = (key: Key, bucketKey: string) => textsIn(key, bucketKey.split("."))
