import { count } from "../../ui/format.ts"
import { fieldsOf, type JsonSchema, resolve } from "./schema.ts"

const number = (n: number): string => (Number.isInteger(n) ? count(n) : String(n))

/** Whether a bound is set and is not just the limit of a number type. */
const isRealBound = (bound: number | undefined): bound is number =>
  bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER

/** `1 to 20`, `at least 1`, `at most 20`, `20`; empty if neither bound was chosen. */
const range = (from: number | undefined, to: number | undefined): string => {
  if (isRealBound(from) && isRealBound(to)) return from === to ? number(from) : `${number(from)} to ${number(to)}`
  if (isRealBound(from)) return `at least ${number(from)}`
  return isRealBound(to) ? `at most ${number(to)}` : ""
}

/** `1 to 20 characters`. */
const lengthOf = (from: number | undefined, to: number | undefined): string => {
  const length = range(from === 0 ? undefined : from, to)
  return length && `${length} ${/\b1$/u.test(length) ? "character" : "characters"}`
}

const describeNumber = (name: string, schema: JsonSchema): string => {
  const { exclusiveMaximum, exclusiveMinimum, maximum, minimum, multipleOf } = schema
  return [
    name,
    range(minimum, maximum),
    isRealBound(exclusiveMinimum) && `more than ${number(exclusiveMinimum)}`,
    isRealBound(exclusiveMaximum) && `less than ${number(exclusiveMaximum)}`,
    multipleOf !== undefined && multipleOf !== 1 && `a multiple of ${number(multipleOf)}`
  ]
    .filter(Boolean)
    .join(", ")
}

const formats: Readonly<Record<string, string>> = {
  date: "day, as 2026-12-24",
  "date-time": "day and time",
  time: "time of day",
  uuid: "UUID",
  email: "e-mail address",
  uri: "web address"
}

/** A set of characters and its quantifier: `[a-z0-9-]{0,19}`. */
const part = /(?:\[(?<set>[^\]\\^]+)\]|(?<digit>\\d))(?:\{(?<from>\d+)(?<comma>,)?(?<to>\d+)?\}|(?<sign>[*+?]))?/gu
const counts: Readonly<Record<string, readonly [from: number, to: number]>> = {
  "*": [0, Number.POSITIVE_INFINITY],
  "+": [1, Number.POSITIVE_INFINITY],
  "?": [0, 1]
}

const charactersIn = (set: string): ReadonlyArray<string> =>
  Array.from(set.matchAll(/(.)-(.)|(.)/gu), ([, from, to, one]) => (one === undefined ? `${from}–${to}` : one))

const joinWords = (words: ReadonlyArray<string>, last: string): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`

/** A pattern in words, if it consists of sets of characters with quantifiers; any other pattern unchanged. */
const describePattern = (pattern: string): string => {
  const whole = /^\^(?<inner>.+)\$$/u.exec(pattern)?.groups?.["inner"]
  const parts = Array.from(whole?.matchAll(part) ?? [])
  if (whole === undefined || parts.map(([text]) => text).join("") !== whole) return `text that matches ${pattern}`
  let [min, max] = [0, 0]
  const sets = parts.map(({ groups = {} }) => {
    const { comma, digit, from = "1", set, sign, to } = groups
    const open = comma === undefined ? Number(from) : Number.POSITIVE_INFINITY
    const [low, high] = counts[sign ?? ""] ?? [Number(from), to === undefined ? open : Number(to)]
    min += low
    max += high
    return { characters: charactersIn(digit === undefined ? set! : "0-9"), low }
  })
  const all = [...new Set(sets.flatMap(({ characters }) => characters))]
  const [first] = sets
  const begins =
    first!.low > 0 && first!.characters.length < all.length
      ? `, beginning with ${joinWords(first!.characters, "or")}`
      : ""
  const length = lengthOf(min, max) || "characters"
  return `${length} of ${joinWords(all, "and")}${begins}`
}

const describeText = ({ format, maxLength, minLength, pattern }: JsonSchema): string => {
  if (format !== undefined) return formats[format] ?? format
  if (pattern !== undefined) return describePattern(pattern)
  const length = lengthOf(minLength, maxLength)
  return length === "" ? "text" : `text, ${length}`
}

const describeArray = ({ items, maxItems, minItems, prefixItems }: JsonSchema, root: JsonSchema): string => {
  if (prefixItems) return `list: ${prefixItems.map((item) => describeSchema(item, root)).join("; ")}`
  const size = range(minItems === 0 ? undefined : minItems, maxItems)
  return `list of ${size && `${size}: `}${items ? describeSchema(items, root) : "anything"}`
}

/** Nested objects with more fields than this are described by the names of their fields only. */
const maxDescribedFields = 2

const describeObject = (schema: JsonSchema, root: JsonSchema): string => {
  if (!schema.properties) {
    const { additionalProperties: of } = schema
    return typeof of === "object" ? `${describeSchema(of, root)}, by name` : "anything with fields"
  }
  const fields = fieldsOf(schema, root)
  if (fields.length === 0) return "nothing more"
  const described = fields.map(({ path, required, schema }) =>
    [
      path.join("."),
      fields.length <= maxDescribedFields && `: ${describeSchema(schema, root)}`,
      !required && " (optional)"
    ]
      .filter(Boolean)
      .join("")
  )
  return `(${described.join(", ")})`
}

/** Whether a schema is that of `NaN` and the infinities, which JSON encodes as strings. */
const isNonFinite = ({ enum: values }: JsonSchema) =>
  values?.every((value) => ["NaN", "Infinity", "-Infinity"].includes(String(value)))

/** A schema in words: `whole number, 1 to 9,999`. */
export const describeSchema = (schema: JsonSchema, root = schema): string => {
  const resolved = resolve(schema, root)
  const { type } = resolved
  const choices = resolved.enum ?? (resolved.const === undefined ? undefined : [resolved.const])
  if (choices) return choices.length === 1 ? `always ${String(choices[0])}` : joinWords(choices.map(String), "or")
  const either =
    resolved.anyOf ?? resolved.oneOf ?? (Array.isArray(type) ? type.map((type) => ({ ...resolved, type })) : undefined)
  if (either) {
    const words = either.filter((one) => !isNonFinite(resolve(one, root))).map((one) => describeSchema(one, root))
    return joinWords([...new Set(words)], "or")
  }
  switch (type) {
    case "integer":
      return describeNumber("whole number", resolved)
    case "number":
      return describeNumber("number", resolved)
    case "boolean":
      return "true or false"
    case "null":
      return "nothing"
    case "string":
      return describeText(resolved)
    case "array":
      return describeArray(resolved, root)
    default:
      return type === "object" || resolved.properties ? describeObject(resolved, root) : "anything"
  }
}
