import { Schema } from "effect"
import type { Event } from "#domain/model/index.ts"
import type { MessageExample } from "./scenarioSchema.ts"

type JsonObject = Schema.JsonObject

type AnyCodec = Schema.Codec<any, any>

interface Node {
  readonly _tag: string
  readonly literal?: unknown
  readonly types?: ReadonlyArray<Node>
}

interface Annotated {
  readonly annotations?: Readonly<Record<string, unknown>>
  readonly checks?: ReadonlyArray<Annotated>
}

const annotationOf = ({ ast }: Schema.Constraint, name: string): unknown => {
  const { annotations, checks } = ast as Annotated
  return (
    annotations?.[name] ?? checks?.findLast((check) => check.annotations?.[name] !== undefined)?.annotations?.[name]
  )
}

export const descriptionOf = (schema: Schema.Constraint): string | null =>
  (annotationOf(schema, "description") as string | undefined) ?? null

export const formatOf = (schema: Schema.Constraint): unknown => annotationOf(schema, "format")

const jsonTypeOf = (schema: Schema.Constraint): unknown => {
  const { definitions, schema: schemaJson } = Schema.toJsonSchemaDocument(Schema.toType(schema as AnyCodec))
  const named = definitions[String(schemaJson["$ref"] ?? "").replace("#/$defs/", "")]
  return (named ?? schemaJson)["type"]
}

export const isInteger = (schema: Schema.Constraint): boolean => jsonTypeOf(schema) === "integer"

export const isNumber = (schema: Schema.Constraint): boolean => isNumeric(Schema.toType(schema as AnyCodec).ast)

const isNumeric = ({ _tag, literal, types }: Node): boolean =>
  _tag === "Number" ||
  typeof literal === "number" ||
  (_tag === "Union" && types !== undefined && types.every(isNumeric))

/** The formats of a struct's fields, at any depth, by identifier: the conversion loses a format behind a check. */
const formatsByIdentifier = (
  fields: Schema.Struct.Fields
): ReadonlyArray<readonly [identifier: string, format: string]> =>
  Object.values(fields).flatMap((field) => {
    const [identifier, format] = [annotationOf(field, "identifier"), formatOf(field)]
    const inner = (field as { readonly fields?: Schema.Struct.Fields }).fields
    return [
      ...(typeof identifier === "string" && typeof format === "string" ? [[identifier, format] as const] : []),
      ...(inner ? formatsByIdentifier(inner) : [])
    ]
  })

/** A self-contained JSON Schema, with everything that it refers to under `$defs`. */
export const jsonSchemaOf = (schema: Schema.Constraint, fields: Schema.Struct.Fields = {}): JsonObject => {
  const document = Schema.toJsonSchemaDocument(schema, { onExcessProperty: "error" })
  const definitions: Record<string, object> = { ...document.definitions }
  for (const [identifier, format] of formatsByIdentifier(fields)) {
    if (definitions[identifier]) definitions[identifier] = { ...definitions[identifier], format }
  }
  return {
    ...document.schema,
    ...(Object.keys(definitions).length > 0 && { $defs: definitions })
  } as JsonObject
}

/** The fields of an event or a rejection without its tag, which is its name. */
export const fieldsOf = ({ fields: { _tag, ...fields } }: Event.Any): Schema.Struct.Fields => fields

/** The JSON Schema of the data of an event or a rejection. */
export const dataSchema = (event: Event.Any): JsonObject => {
  const fields = fieldsOf(event)
  return jsonSchemaOf(Schema.Struct(fields), fields)
}

export const jsonEncoder = (schema: Schema.Constraint) =>
  Schema.encodeUnknownSync(Schema.toCodecJson(schema as AnyCodec)) as (value: unknown) => JsonObject

/** Encodes events and rejections of these types as data. */
export const messageEncoder = (events: ReadonlyArray<Event.Any>) => {
  const encoders = new Map(events.map((event) => [event.identifier, jsonEncoder(event)]))
  return (value: Event.Any["Type"]): MessageExample => {
    const { _tag: type, ...data } = encoders.get(value._tag)!(value)
    return { type: type as string, data }
  }
}
