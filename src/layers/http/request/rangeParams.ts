import { Result } from "effect"
import type { Key, Slice } from "#domain/model/index.ts"
import type { KeyCondition } from "#layers/views/rows/keyFilter.ts"
import { describedString } from "./endpointSchemas.ts"
import { keyDecoder, invalidTokenMessage, decodeWord } from "./keyParams.ts"
import { type Parameter, parameter } from "./parameters.ts"
import { singleValue, type ParamReader } from "./queryParams.ts"

const rangeSeparator = ".."

const rangeSchema = describedString(
  "A value as in a path, or a range that includes its ends: `1..20`, `2022-12-01..`, `..2022-12-31`"
)

/**
 * A key field as a query parameter: a value as in a path, or a range, `1..20`, `2022-12-01..`, `..2022-12-31`. A text
 * that contains `..` can be given as a token.
 */
const rangeReader = (name: string, field: Key.Key[string]): ParamReader<KeyCondition> => {
  const decode = keyDecoder({ [name]: field })
  const errorMessages = (text: string): ReadonlyArray<string> => {
    const read = decode({ [name]: text })
    return Result.isFailure(read) ? read.failure.map(({ message }) => message) : []
  }
  return singleValue((value, isToken): Result.Result<KeyCondition, ReadonlyArray<string>> => {
    const ends = value.split(rangeSeparator)
    const isRange = ends.length === 2
    const texts = ends.map((end) => (isToken ? decodeWord(end) : end))
    if (texts.includes(undefined)) return Result.fail([invalidTokenMessage])
    const isOpen = (n: number) => isRange && ends[n] === ""
    if (ends.length > 2 || (isRange && isOpen(0) && isOpen(1))) {
      return Result.fail(["Expected a value, or a range as a..b"])
    }
    const messages = texts.flatMap((text, n) => (isOpen(n) ? [] : errorMessages(text!)))
    if (messages.length > 0) return Result.fail(messages)
    const [from, to] = texts
    if (!isRange) return Result.succeed({ is: from! })
    return Result.succeed({ ...(!isOpen(0) && { from }), ...(!isOpen(1) && { to }) })
  })
}

/** A parameter for each field of a view's key: a value or a range. */
export const rangeParams = ({ key }: Slice.View<any, any>): Readonly<Record<string, Parameter<KeyCondition, false>>> =>
  Object.fromEntries(
    Object.entries(key as Key.Key).map(([name, field]) => [name, parameter(rangeSchema, rangeReader(name, field))])
  )
