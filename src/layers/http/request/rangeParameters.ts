import { Result } from "effect"
import type { Key, Slice } from "#domain/model/index.ts"
import type { Choice } from "#layers/views/keyFilter.ts"
import { keyDecoder, markedInQuery, noToken, textIn } from "./keyParameters.ts"
import { once, type Reader } from "./query.ts"

const between = ".."

/**
 * A word of a key as a parameter: a value as in a path, or a range, `1..20`, `2022-12-01..`, `..2022-12-31`. What is marked
 * as a token may be text with `..` in it.
 */
const choiceReader = (name: string, word: Key.Key[string], isMarked: boolean): Reader<Choice> => {
  const decode = keyDecoder({ [name]: word })
  const wrongWith = (text: string): ReadonlyArray<string> => {
    const read = decode({ [name]: text })
    return Result.isFailure(read) ? read.failure.map(({ message }) => message) : []
  }
  return once((value): Result.Result<Choice, ReadonlyArray<string>> => {
    const ends = value.split(between)
    const isRange = ends.length === 2
    const given = ends.map((end) => (isMarked ? textIn(end) : end))
    if (given.includes(undefined)) return Result.fail([noToken])
    const isOpen = (n: number) => isRange && ends[n] === ""
    if (ends.length > 2 || (isRange && isOpen(0) && isOpen(1))) {
      return Result.fail(["Expected a value, or a range as a..b"])
    }
    const wrongs = given.flatMap((text, n) => (isOpen(n) ? [] : wrongWith(text!)))
    if (wrongs.length > 0) return Result.fail(wrongs)
    const [from, to] = given
    if (!isRange) return Result.succeed({ is: from! })
    return Result.succeed({ ...(!isOpen(0) && { from }), ...(!isOpen(1) && { to }) })
  })
}

/** A reader for each word of a view's key, for a URL as it came. */
export const choiceReaders = ({ key }: Slice.View<any, any>) => {
  const readersOf = (isMarked: boolean) =>
    Object.entries(key as Key.Key).map(([name, word]) => [name, choiceReader(name, word, isMarked)] as const)
  const asText = readersOf(false)
  const asToken = readersOf(true)
  return (url: string): Readonly<Record<string, Reader<Choice>>> => {
    const marked = markedInQuery(url)
    return Object.fromEntries(asText.map((reader, n) => (marked.has(reader[0]) ? asToken[n]! : reader)))
  }
}
