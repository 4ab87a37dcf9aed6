import { Result, Schema } from "effect"
import { Board, Key, KeyToken } from "#domain/model/index.ts"
import { fieldsOf } from "#layers/contract/jsonSchema.ts"

/** A value to search for, as text, in one field or, without a name, in any. */
export interface Term {
  readonly name?: string | undefined
  readonly text: string
}

/** A field, and its value as keys and paths contain it: of an entity its id. */
export type FieldValue = readonly [name: string, text: string]

interface FieldIndex {
  /** The fields that may have the value of a term, with its text there; empty if no field can have it. */
  readonly alternatives: (term: Term) => ReadonlyArray<FieldValue>
}

/** Parses text as a value of a field; `undefined` if it is none. `007` of a number is `7`, and an entity is given by its id. */
const valueReader = (name: string, field: Schema.Constraint) => {
  const decode = Schema.decodeUnknownResult(Schema.toCodecStringTree(Schema.toType(field as Schema.Codec<unknown>)))
  const key = { [name]: field } as unknown as Key.Key
  return (text: string): string | undefined => {
    for (const raw of [text, { id: text }]) {
      const value = decode(raw)
      if (Result.isFailure(value)) continue
      const read = Result.try(() => Key.texts(key, { [name]: value.success } as never)[0])
      if (Result.isSuccess(read)) return read.success
    }
    return undefined
  }
}

export const fieldIndex = (structFields: Schema.Struct.Fields): FieldIndex => {
  const readers = Object.entries(structFields).map(([name, field]) => [name, valueReader(name, field)] as const)
  return {
    alternatives: ({ name, text }) =>
      readers.flatMap(([field, read]): ReadonlyArray<FieldValue> => {
        const found = name === undefined || name === field ? read(text) : undefined
        return found === undefined ? [] : [[field, found]]
      })
  }
}

/** The text of a value in JSON, if it has one: of an entity its id. */
const valueText = (value: unknown): string | undefined => {
  const inner = typeof value === "object" && value !== null && "id" in value ? value.id : value
  return ["string", "number", "boolean"].includes(typeof inner) ? String(inner) : undefined
}

/** For each term its alternatives: every term must match, each in one of its fields. */
export type TermMatch = ReadonlyArray<ReadonlyArray<FieldValue>>

export const matches = (data: unknown, match: TermMatch): boolean =>
  typeof data === "object" &&
  data !== null &&
  match.every((alternatives) =>
    alternatives.some(([name, text]) => valueText((data as Record<string, unknown>)[name]) === text)
  )

/** The alternatives of terms among some fields; `undefined` if a term cannot match any field. */
export const matchTerms = (fields: FieldIndex, terms: ReadonlyArray<Term>): TermMatch | undefined => {
  const match = terms.map(fields.alternatives)
  return match.every(({ length }) => length > 0) ? match : undefined
}

/** The types of events that can have some values, each with the terms to match. */
export type MatchByType = ReadonlyMap<string, TermMatch>

/** Matches terms to the events of a board. */
export const eventMatcher = (board: Board.Any) => {
  // The log may have a type in several shapes: a field of any of them can be asked for.
  const shapes = Map.groupBy(Board.storedShapes(board).toReversed(), ({ identifier }) => identifier)
  const all = Array.from(
    shapes,
    ([type, shapes]) => [type, fieldIndex(Object.assign({}, ...shapes.map(fieldsOf)))] as const
  )
  return (terms: ReadonlyArray<Term>): MatchByType =>
    new Map(
      all.flatMap(([type, fields]) => {
        const match = matchTerms(fields, terms)
        return match ? [[type, match] as const] : []
      })
    )
}

/** The event streams that contain all of these events, if the values determine them: then the log need not be searched. */
export const streamIdsOf = (board: Board.Any, byType: MatchByType) => {
  const lanes = Board.laneOf(board)
  const streamIds = new Map<string, { readonly boundary: string; readonly key: string }>()
  for (const [type, match] of byType) {
    const { boundary } = lanes.get(type)!
    const texts = new Map(match.flatMap((is) => (is.length === 1 ? is : [])))
    const keyTexts = Object.keys(boundary.key).map((name) => texts.get(name))
    if (keyTexts.some((text) => text === undefined)) return undefined
    const key = Key.toSubjectToken(keyTexts.map((text) => KeyToken.encode(text!)))
    streamIds.set(`${boundary.name}/${key}`, { boundary: boundary.name, key })
  }
  return [...streamIds.values()]
}
