import { Result, Schema } from "effect"
import { Key, KeyToken, type Slice } from "#domain/model/index.ts"
import type { FieldError } from "#layers/http/problems/problemTypes.ts"
import { validationErrorsOf } from "#layers/http/problems/validationErrors.ts"
import { type Parameters, parameter } from "./parameters.ts"
import { singleValue } from "./queryParams.ts"

type KeyField = Schema.Top & { readonly fields?: Schema.Struct.Fields }

const fieldsOfKey = (key: Key.Key) => Object.entries(key) as unknown as ReadonlyArray<[string, KeyField]>

/**
 * In a URL the value of a key field is percent-encoded text, or this character (not percent-encoded) and a subject
 * token. So the empty text, `.` and `..`, which clients would drop or resolve, have a URL too.
 */
const tokenMark = "="

const encodePathSegment = (text: string): string =>
  ["", ".", ".."].includes(text) ? tokenMark + KeyToken.encode(text) : encodeURIComponent(text)

/** Fills `/rooms/:room/nights/:date` with the values of the key fields in `about`. Throws `Key.InvalidKey`. */
export const buildPath = ({ by, key }: Slice.View<any, any>, about: object): string => {
  const texts = Key.texts(key as Key.Key, about as never)
  const segments = new Map(Object.keys(key).map((name, n) => [`:${name}`, encodePathSegment(texts[n]!)]))
  return by.path
    .split("/")
    .map((part) => segments.get(part) ?? part)
    .join("/")
}

/** The text of a key field in a URL; `undefined` if it is marked as a token but is not a valid one. */
export const decodeWord = (param: string): string | undefined =>
  param.startsWith(tokenMark) ? KeyToken.decode(param.slice(tokenMark.length)) : param

/** The parameters of a path that are marked as tokens, from the undecoded URL: there `%3D` is not a mark. */
export const tokenParamsInPath = (path: string, url: string): ReadonlyMap<string, string> => {
  if (!url.includes(`/${tokenMark}`)) return new Map()
  const parts = url.split("?")[0]!.split("/")
  return new Map(
    path.split("/").flatMap((part, n) => {
      const param = parts[n] ?? ""
      return part.startsWith(":") && param.startsWith(tokenMark) ? [[part.slice(1), param] as const] : []
    })
  )
}

/** The names of the query parameters that are marked as tokens, from the undecoded URL. */
export const tokenParamsInQuery = (url: string): ReadonlySet<string> => {
  if (!url.includes(`=${tokenMark}`)) return new Set()
  const pairs = url.slice(url.indexOf("?") + 1).split("&")
  return new Set(pairs.flatMap((pair) => (pair.includes(`=${tokenMark}`) ? [pair.slice(0, pair.indexOf("="))] : [])))
}

export const invalidTokenMessage: FieldError["message"] =
  "Expected a subject token after the =, as in the subject of an event"

const fieldText = (name: string, field: KeyField, value: unknown) =>
  Result.try({
    try: () => Key.texts({ [name]: field } as unknown as Key.Key, { [name]: value } as never)[0]!,
    catch: (error) => (error as Key.InvalidKey).reason
  })

/** Decodes the fields of a key from their texts. Only the canonical spelling is valid, so `01` is no room. */
export const keyDecoder = (key: Key.Key) => {
  const decoders = fieldsOfKey(key).map(([name, field]) => {
    const codec = Schema.toCodecStringTree(field as unknown as Schema.Codec<unknown>)
    const decode = Schema.decodeUnknownResult(codec, { errors: "all" })
    const isEntity = field.fields?.["id"] !== undefined
    return (raw = ""): readonly [name: string, value: unknown, validationErrors: ReadonlyArray<FieldError>] => {
      const decoded = decode(isEntity ? { id: raw } : raw)
      if (Result.isFailure(decoded)) {
        return [name, undefined, validationErrorsOf(decoded.failure).map(({ message }) => ({ path: name, message }))]
      }
      const text = fieldText(name, field, decoded.success)
      if (Result.isFailure(text)) return [name, undefined, [{ path: name, message: text.failure }]]
      const validationErrors =
        text.success === raw ? [] : [{ path: name, message: `Expected it written as ${text.success}` }]
      return [name, decoded.success, validationErrors]
    }
  })
  const names = Object.keys(key)
  return (params: Readonly<Record<string, string | undefined>>): Result.Result<object, ReadonlyArray<FieldError>> => {
    const read = decoders.map((decode, n) => decode(params[names[n]!]))
    const validationErrors = read.flatMap(([, , errors]) => errors)
    return validationErrors.length > 0
      ? Result.fail(validationErrors)
      : Result.succeed(Object.fromEntries(read.map(([name, value]) => [name, value])))
  }
}

/** The parameters of a path that is about a key: an entity is represented by its id, a value by itself. */
export const keyParams = (key: Key.Key): Parameters =>
  Object.fromEntries(
    fieldsOfKey(key).map(([name, field]) => {
      const decode = keyDecoder({ [name]: field } as unknown as Key.Key)
      const read = singleValue((value, isToken): Result.Result<unknown, ReadonlyArray<string>> => {
        const text = isToken ? decodeWord(value) : value
        if (text === undefined) return Result.fail([invalidTokenMessage])
        return Result.mapBoth(decode({ [name]: text }), {
          onFailure: (errors) => errors.map(({ message }) => message),
          onSuccess: (about) => (about as Readonly<Record<string, unknown>>)[name]
        })
      })
      return [name, parameter((field.fields?.["id"] ?? field) as Schema.Top, read)]
    })
  )
