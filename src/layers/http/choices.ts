import type { Key, Slice } from "#domain/grammar/index.ts"
import { Result } from "effect"
import type { Choice } from "../runtime/select.ts"
import { keyDecoder } from "./key.ts"
import { once, type Reader } from "./query.ts"

const between = ".."

/** A word of a key as a parameter: a value as in a path, or a range, `1..20`, `2022-12-01..`, `..2022-12-31`. */
const choiceReader = (name: string, word: Key.Key[string]): Reader<Choice> => {
  const decode = keyDecoder({ [name]: word })
  const token = (raw: string): ReadonlyArray<string> => {
    const read = decode({ [name]: raw })
    return Result.isFailure(read) ? read.failure.map(({ message }) => message) : []
  }
  return once((value): Result.Result<Choice, ReadonlyArray<string>> => {
    const [from = "", to, ...more] = value.split(between)
    const ends = to === undefined ? [from] : [from, to].filter((end) => end !== "")
    if (more.length > 0 || ends.length === 0) return Result.fail(["Expected a value, or a range as a..b"])
    const wrongs = ends.flatMap(token)
    if (wrongs.length > 0) return Result.fail(wrongs)
    if (to === undefined) return Result.succeed({ is: from })
    return Result.succeed({ ...(from !== "" && { from }), ...(to !== "" && { to }) })
  })
}

/** A reader for each word of a view's key. */
export const choiceReaders = ({ key }: Slice.View<any, any>): Readonly<Record<string, Reader<Choice>>> =>
  Object.fromEntries(Object.entries(key as Key.Key).map(([name, word]) => [name, choiceReader(name, word)]))
