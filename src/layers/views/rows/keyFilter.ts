import type { Schema } from "effect"
import { Key, KeyToken, type Slice } from "#domain/model/index.ts"
import { formatOf, isInteger, isNumber } from "#layers/contract/jsonSchema.ts"

/** A condition on one field of a key, as text: one value, or a range that includes its ends, either of which may be open. */
export type KeyCondition =
  | { readonly is: string }
  | { readonly from?: string | undefined; readonly to?: string | undefined }

/** By field of the key; a field without a condition matches any value. */
export type KeyConditions = Readonly<Record<string, KeyCondition>>

type KeyFields = ReadonlyArray<readonly [name: string, field: Schema.Constraint]>

const keyFieldsOf = ({ key }: Slice.View<any, any>): KeyFields => Object.entries(key as Schema.Struct.Fields)

/** A key contains the id of an entity. */
const tokenSchema = (field: Schema.Constraint): Schema.Constraint =>
  (field as { readonly fields?: Schema.Struct.Fields }).fields?.["id"] ?? field

type Compare = (a: string, b: string) => number

const compareText: Compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0)
const comparatorOf = (field: Schema.Constraint): Compare =>
  isNumber(tokenSchema(field)) ? (a, b) => Number(a) - Number(b) : compareText

/** The most values that a range is enumerated into, and the most patterns of one filter. */
const maxRangeValues = 366
const maxPatterns = 4_096

const millisPerDay = 86_400_000
const isoDate = (millis: number) => new Date(millis).toISOString().slice(0, 10)

/** Every token that a condition allows, if they can be enumerated and are few; else `*`. */
const enumerateTokens = (field: Schema.Constraint, condition: KeyCondition | undefined): ReadonlyArray<string> => {
  if (condition === undefined) return ["*"]
  if ("is" in condition) return [KeyToken.encode(condition.is)]
  const { from, to } = condition
  if (from === undefined || to === undefined) return ["*"]
  const schema = tokenSchema(field)
  const isDate = formatOf(schema) === "date"
  if (!isDate && !isInteger(schema)) return ["*"]
  const [first, last] = isDate
    ? [Date.parse(from) / millisPerDay, Date.parse(to) / millisPerDay]
    : [Number(from), Number(to)]
  const count = last - first + 1
  if (!(count <= maxRangeValues) || !Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return ["*"]
  return Array.from({ length: Math.max(0, count) }, (_, n) =>
    isDate ? isoDate((first + n) * millisPerDay) : `${first + n}`
  )
}

const product = (lists: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<ReadonlyArray<string>> =>
  lists.reduce<ReadonlyArray<ReadonlyArray<string>>>(
    (heads, list) => heads.flatMap((head) => list.map((token) => [...head, token])),
    [[]]
  )

const matcher = (condition: KeyCondition | undefined, compare: Compare) => (text: string) => {
  if (condition === undefined) return true
  if ("is" in condition) return text === condition.is
  const { from, to } = condition
  return (from === undefined || compare(text, from) >= 0) && (to === undefined || compare(text, to) <= 0)
}

/** Selects rows of a view by conditions on its key. */
export const keyFilter = (view: Slice.View<any, any>, conditions: KeyConditions) => {
  const fields = keyFieldsOf(view)
  const comparators = fields.map(([, field]) => comparatorOf(field))
  const fits = fields.map(([name], n) => matcher(conditions[name], comparators[n]!))
  let tokenLists = fields.map(([name, field]) => enumerateTokens(field, conditions[name]))
  // A range that would make too many patterns becomes `*`, and `fits` filters what that matches.
  for (
    let n = tokenLists.length - 1;
    n >= 0 && tokenLists.reduce((all, { length }) => all * length, 1) > maxPatterns;
    n--
  ) {
    if (tokenLists[n]!.length > 1) tokenLists = tokenLists.with(n, ["*"])
  }
  return {
    /** Keys in the view's bucket, with `*` for any token. They do not overlap. */
    patterns: product(tokenLists).map(Key.toBucketKey),
    /** Whether the patterns match the whole bucket. */
    isOpen: tokenLists.every(([token]) => token === "*"),
    /** Whether the fields of a key, as text, match; an unknown field matches. */
    fits: (texts: ReadonlyArray<string | undefined>) => texts.every((text, n) => text === undefined || fits[n]!(text)),
    /** Orders keys by their fields. */
    compare: (a: ReadonlyArray<string>, b: ReadonlyArray<string>): number => {
      for (const [n, compare] of comparators.entries()) {
        const order = compare(a[n]!, b[n]!)
        if (order !== 0) return order
      }
      return 0
    }
  }
}

export type KeyFilter = ReturnType<typeof keyFilter>
