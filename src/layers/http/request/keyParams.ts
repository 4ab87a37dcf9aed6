import { Result, Schema } from "effect"
import { Key, KeyToken, type Slice } from "#domain/model/index.ts"
import type { FieldError } from "#layers/http/problems/problemTypes.ts"
import { validationErrorsOf } from "#layers/http/problems/validationErrors.ts"

type Word = Schema.Top & { readonly fields?: Schema.Struct.Fields }

const wordsOfKey = (key: Key.Key) => Object.entries(key) as unknown as ReadonlyArray<[string, Word]>

/** How a key stands in a path, by parameter: an entity is its id, a value word itself. */
export const parametersOf = (key: Key.Key): Record<string, Schema.Top> =>
  Object.fromEntries(wordsOfKey(key).map(([name, word]) => [name, (word.fields?.["id"] ?? word) as Schema.Top]))

/**
 * In a URL a word is text, percent-encoded, or a token of a subject behind this character (which then is not
 * percent-encoded). So those texts have a URL too that clients would leave out or change: the empty one, `.` and `..`.
 */
const tokenMark = "="

const encodePathSegment = (text: string): string =>
  ["", ".", ".."].includes(text) ? tokenMark + KeyToken.encode(text) : encodeURIComponent(text)

/** Fills `/rooms/:room/nights/:date` with the words that `about` carries. Throws `Key.InvalidKey`. */
export const buildPath = ({ by, key }: Slice.View<any, any>, about: object): string => {
  const texts = Key.texts(key as Key.Key, about as never)
  const words = new Map(Object.keys(key).map((name, n) => [`:${name}`, encodePathSegment(texts[n]!)]))
  return by.path
    .split("/")
    .map((part) => words.get(part) ?? part)
    .join("/")
}

/** The text of a word in a URL; `undefined` if it is marked as a token, and is none. */
export const decodeWord = (word: string): string | undefined =>
  word.startsWith(tokenMark) ? KeyToken.decode(word.slice(tokenMark.length)) : word

/** The parameters of a path that are marked as tokens, where they stand in the URL as it came. */
const tokenParamsInPath = (path: string, url: string): ReadonlyArray<readonly [name: string, word: string]> => {
  const parts = url.split("?")[0]!.split("/")
  return path.split("/").flatMap((part, n) => {
    const word = parts[n] ?? ""
    return part.startsWith(":") && word.startsWith(tokenMark) ? [[part.slice(1), word] as const] : []
  })
}

/** Which parameters of a query are marked as tokens, in the URL as it came. */
export const tokenParamsInQuery = (url: string): ReadonlySet<string> => {
  const pairs = url.slice(url.indexOf("?") + 1).split("&")
  return new Set(pairs.flatMap((pair) => (pair.includes(`=${tokenMark}`) ? [pair.slice(0, pair.indexOf("="))] : [])))
}

export const invalidTokenMessage: FieldError["message"] =
  "Expected a token of a subject behind the =, as the place of a fact has it"

const wordText = (name: string, word: Word, value: unknown) =>
  Result.try({
    try: () => Key.texts({ [name]: word } as unknown as Key.Key, { [name]: value } as never)[0]!,
    catch: (error) => (error as Key.InvalidKey).reason
  })

/** Reads the words of a key out of their texts; each has one spelling, so `01` is no room. */
export const keyDecoder = (key: Key.Key) => {
  const decoders = wordsOfKey(key).map(([name, word]) => {
    const codec = Schema.toCodecStringTree(word as unknown as Schema.Codec<unknown>)
    const decode = Schema.decodeUnknownResult(codec, { errors: "all" })
    const isEntity = word.fields?.["id"] !== undefined
    return (raw = ""): readonly [name: string, word: unknown, validationErrors: ReadonlyArray<FieldError>] => {
      const decoded = decode(isEntity ? { id: raw } : raw)
      if (Result.isFailure(decoded)) {
        return [name, undefined, validationErrorsOf(decoded.failure).map(({ message }) => ({ path: name, message }))]
      }
      const text = wordText(name, word, decoded.success)
      if (Result.isFailure(text)) return [name, undefined, [{ path: name, message: text.failure }]]
      const validationErrors = text.success === raw ? [] : [{ path: name, message: `Expected it as ${text.success}` }]
      return [name, decoded.success, validationErrors]
    }
  })
  const names = Object.keys(key)
  return (params: Readonly<Record<string, string | undefined>>): Result.Result<object, ReadonlyArray<FieldError>> => {
    const read = decoders.map((decode, n) => decode(params[names[n]!]))
    const validationErrors = read.flatMap(([, , errors]) => errors)
    return validationErrors.length > 0
      ? Result.fail(validationErrors)
      : Result.succeed(Object.fromEntries(read.map(([name, word]) => [name, word])))
  }
}

/** Reads the words of a view's key out of the parameters of its path, and of the URL that they came from. */
export const pathDecoder = ({ by, key }: Slice.View<any, any>) => {
  const decode = keyDecoder(key)
  return (params: Readonly<Record<string, string | undefined>>, url: string) => {
    const tokenTexts = tokenParamsInPath(by.path, url).map(([name, word]) => [name, decodeWord(word)] as const)
    const validationErrors = tokenTexts.flatMap(([path, text]) =>
      text === undefined ? [{ path, message: invalidTokenMessage }] : []
    )
    return validationErrors.length > 0
      ? Result.fail(validationErrors)
      : decode({ ...params, ...Object.fromEntries(tokenTexts) })
  }
}
