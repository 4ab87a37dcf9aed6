import { Schema } from "effect"
import * as Board from "../Board.ts"
import type * as Key from "../Key.ts"
import { maxTokenLength } from "../KeyToken.ts"
import { patternLength } from "./patternLength.ts"
import type { Rule } from "./Rule.ts"
import type { Check, SchemaNode } from "./SchemaNode.ts"

const lengthsIn = ({ annotations, checks = [] }: Check): ReadonlyArray<number> => {
  const { maxCodePoints, maxLength, patterns = [] } = annotations?.arbitraryConstraint ?? {}
  const declared = [maxLength, maxCodePoints].filter((length) => length !== undefined)
  return [...declared, ...patterns.map(patternLength), ...checks.flatMap(lengthsIn)]
}

/** The values that a node accepts: their type, and the maximum length of text. */
const kindsOf = ({
  _tag,
  checks = [],
  literal,
  types = []
}: SchemaNode): ReadonlyArray<readonly [type: string, length: number]> => {
  const length = Math.min(Number.POSITIVE_INFINITY, ...checks.flatMap(lengthsIn))
  switch (_tag) {
    case "String":
    case "TemplateLiteral":
      return [["text", length]]
    case "Number":
      return [["numbers", 0]]
    case "Boolean":
      return [["true and false", 0]]
    case "Literal":
      return kindsOf({ _tag: (typeof literal).replace(/^./u, (first) => first.toUpperCase()) }).map(([type]) => [
        type,
        String(literal).length
      ])
    case "Union":
      return types.flatMap(kindsOf).map(([type, each]) => [type, Math.min(each, length)])
    default:
      return [["something else", 0]]
  }
}

const violationOf = (word: Schema.Top & { readonly fields?: Schema.Struct.Fields }): string | undefined => {
  if ((word.ast as SchemaNode).context?.isOptional) return "may be left out: make it a word that is always there."
  const kinds = kindsOf(Schema.toType((word.fields?.["id"] as Schema.Top | undefined) ?? word).ast as SchemaNode)
  const types = [...new Set(kinds.map(([type]) => type))]
  const length = Math.max(0, ...kinds.map(([, length]) => length))
  if (types.includes("something else"))
    return "is neither text, a number, nor true or false: give it one of these types, or an entity's id that has one."
  if (types.length !== 1) return `accepts ${types.join(" as well as ")}, which are encoded alike: choose one.`
  if (length === Number.POSITIVE_INFINITY)
    return "accepts text of any length: add Schema.isMaxLength, or a pattern from ^ to $ whose parts all have a length."
  return length > maxTokenLength
    ? `accepts text of ${length} characters: a token of a subject has at most ${maxTokenLength}.`
    : undefined
}

/** The words of keys can be tokens of a subject. Encoding checks the rest of each value: `Key.InvalidKey`. */
export const keyWords: Rule = (board) =>
  [
    ...Board.boundaries(board).map(({ key, name }) => ({ whose: `the boundary ${name}`, key: key as Key.Key })),
    ...Board.views(board).map(({ key, shows }) => ({ whose: `the read model ${shows.name}`, key: key as Key.Key }))
  ].flatMap(({ key, whose }) =>
    Object.entries(key).flatMap(([word, schema]) => {
      const violation = violationOf(schema as Schema.Top)
      return violation === undefined ? [] : [`The word ${word} of ${whose} ${violation}`]
    })
  )
