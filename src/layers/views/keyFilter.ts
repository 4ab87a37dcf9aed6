import type { Schema } from "effect"
import { Key, KeyToken, type Slice } from "#domain/model/index.ts"
import { formatOf, isInteger, isNumber } from "#layers/contract/jsonSchema.ts"

/** What a word of a key shall be, as its text: one value, or a range with both ends, either of which may be open. */
export type Choice = { readonly is: string } | { readonly from?: string | undefined; readonly to?: string | undefined }

/** By word; a word that is left out may be anything. */
export type Choices = Readonly<Record<string, Choice>>

type Words = ReadonlyArray<readonly [name: string, word: Schema.Constraint]>

const wordsOf = ({ key }: Slice.View<any, any>): Words => Object.entries(key as Schema.Struct.Fields)

/** An entity stands for its id. */
const tokenSchema = (word: Schema.Constraint): Schema.Constraint =>
  (word as { readonly fields?: Schema.Struct.Fields }).fields?.["id"] ?? word

type Compare = (a: string, b: string) => number

const compareText: Compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0)
const compareOf = (word: Schema.Constraint): Compare =>
  isNumber(tokenSchema(word)) ? (a, b) => Number(a) - Number(b) : compareText

/** The most values that a range is spelled out in, and the most keys or patterns that a choice is looked up by. */
const mostValues = 366
const mostPatterns = 4_096

const millisADay = 86_400_000
const day = (millis: number) => new Date(millis).toISOString().slice(0, 10)

/** Every token that a choice allows, as keys have it, if these are few and can be known; else `*`. */
const spelledOut = (word: Schema.Constraint, choice: Choice | undefined): ReadonlyArray<string> => {
  if (choice === undefined) return ["*"]
  if ("is" in choice) return [KeyToken.encode(choice.is)]
  const { from, to } = choice
  if (from === undefined || to === undefined) return ["*"]
  const schema = tokenSchema(word)
  const days = formatOf(schema) === "date"
  if (!days && !isInteger(schema)) return ["*"]
  const [first, last] = days ? [Date.parse(from) / millisADay, Date.parse(to) / millisADay] : [Number(from), Number(to)]
  const many = last - first + 1
  if (!(many <= mostValues) || !Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return ["*"]
  return Array.from({ length: Math.max(0, many) }, (_, n) => (days ? day((first + n) * millisADay) : `${first + n}`))
}

const product = (lists: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<ReadonlyArray<string>> =>
  lists.reduce<ReadonlyArray<ReadonlyArray<string>>>(
    (heads, list) => heads.flatMap((head) => list.map((token) => [...head, token])),
    [[]]
  )

const allows = (choice: Choice | undefined, compare: Compare) => (text: string) => {
  if (choice === undefined) return true
  if ("is" in choice) return text === choice.is
  const { from, to } = choice
  return (from === undefined || compare(text, from) >= 0) && (to === undefined || compare(text, to) <= 0)
}

/** Which rows of a view are meant, in the ways they are looked for. */
export const select = (view: Slice.View<any, any>, choices: Choices) => {
  const words = wordsOf(view)
  const compares = words.map(([, word]) => compareOf(word))
  const fits = words.map(([name], n) => allows(choices[name], compares[n]!))
  let lists = words.map(([name, word]) => spelledOut(word, choices[name]))
  // A range that would make too many patterns is looked through instead.
  for (let n = lists.length - 1; n >= 0 && lists.reduce((all, { length }) => all * length, 1) > mostPatterns; n--) {
    if (lists[n]!.length > 1) lists = lists.with(n, ["*"])
  }
  return {
    /** Keys in the view's bucket, with `*` where a token may be any. */
    patterns: product(lists).map(Key.path),
    /** No word is narrowed in the patterns: they match the whole bucket. */
    isOpen: lists.every(([token]) => token === "*"),
    /** Whether the words of a key, as text, are meant; a word that is not known may be any. */
    fits: (texts: ReadonlyArray<string | undefined>) => texts.every((text, n) => text === undefined || fits[n]!(text)),
    /** In the order of their words. */
    compare: (a: ReadonlyArray<string>, b: ReadonlyArray<string>): number => {
      for (const [n, compare] of compares.entries()) {
        const order = compare(a[n]!, b[n]!)
        if (order !== 0) return order
      }
      return 0
    }
  }
}

export type Selection = ReturnType<typeof select>
