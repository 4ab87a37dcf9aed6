import { Key, type Slice } from "#domain/grammar/index.ts"
import { Result, Schema } from "effect"
import type { Wrong } from "./problems.ts"
import { wrongsOf } from "./wrong.ts"

type Word = Schema.Top & { readonly fields?: Schema.Struct.Fields }

const words = (key: Key.Key) => Object.entries(key) as unknown as ReadonlyArray<[string, Word]>

/** How a key stands in a path, by parameter: an entity is its id, a value word itself. */
export const parametersOf = (key: Key.Key): Record<string, Schema.Top> =>
  Object.fromEntries(words(key).map(([name, word]) => [name, (word.fields?.["id"] ?? word) as Schema.Top]))

/** Fills `/rooms/:room/nights/:date` with the words that `about` carries. */
export const fill = ({ by, key }: Slice.View<any, any>, about: object): string => {
  const tokens = Key.tokens(key as Key.Key, about as never)
  return Object.keys(key).reduce(
    (path, name, n) => path.replace(`:${name}`, encodeURIComponent(tokens[n]!)),
    by.path as string
  )
}

/** Reads the words of a key out of a path's parameters; each has one spelling, so `01` is no room. */
export const keyDecoder = (key: Key.Key) => {
  const decoders = words(key).map(([name, word]) => {
    const codec = Schema.toCodecStringTree(word as unknown as Schema.Codec<unknown>)
    const decode = Schema.decodeUnknownResult(codec, { errors: "all" })
    const isEntity = word.fields?.["id"] !== undefined
    return (raw = ""): readonly [name: string, word: unknown, wrongs: ReadonlyArray<Wrong>] => {
      const decoded = decode(isEntity ? { id: raw } : raw)
      if (Result.isFailure(decoded)) {
        return [name, undefined, wrongsOf(decoded.failure).map(({ message }) => ({ path: name, message }))]
      }
      const [token] = Key.tokens({ [name]: word } as Key.Key, { [name]: decoded.success } as never)
      return [name, decoded.success, token === raw ? [] : [{ path: name, message: `Expected it as ${token}` }]]
    }
  })
  const names = Object.keys(key)
  return (params: Readonly<Record<string, string | undefined>>): Result.Result<object, ReadonlyArray<Wrong>> => {
    const read = decoders.map((decode, n) => decode(params[names[n]!]))
    const wrongs = read.flatMap(([, , wrongs]) => wrongs)
    return wrongs.length > 0
      ? Result.fail(wrongs)
      : Result.succeed(Object.fromEntries(read.map(([name, word]) => [name, word])))
  }
}
