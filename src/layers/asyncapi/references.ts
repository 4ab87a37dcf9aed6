import { JsonSchema, type Schema } from "effect"

export interface Reference {
  readonly $ref: string
}

const escapePointer = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1")

/** A reference to a part of the document: `referTo("channels", "log.room-booking")`. */
export const referTo = (...path: ReadonlyArray<string>): Reference => ({
  $ref: `#/${path.map(escapePointer).join("/")}`
})

export const schemaReference = (name: string): Reference => referTo("components", "schemas", name)

export const correlationName = "correlation"
export const correlationReference: Reference = referTo("components", "correlationIds", correlationName)

type Definitions = Readonly<Record<string, JsonSchema.JsonSchema>>

/** A schema that only refers to one of its definitions, with that definition in place of the reference. */
const withoutTopReference = (schema: JsonSchema.JsonSchema, definitions: Definitions) => {
  const name = Object.keys(definitions).find((name) => schema["$ref"] === referTo("definitions", name).$ref)
  if (name === undefined) return { schema, definitions }
  const { [name]: top, ...others } = definitions
  const isRecursive = JSON.stringify(definitions).includes(`"${schema["$ref"] as string}"`)
  return { schema: top!, definitions: isRecursive ? definitions : others }
}

/**
 * A self-contained JSON Schema as the component `name`, in draft 07, which AsyncAPI's own schemas extend. Its definitions
 * stay inside it, so that parts of different schemas may have the same name.
 */
export const schemaComponent = (name: string, { $defs = {}, ...schema }: Schema.JsonObject): JsonSchema.JsonSchema => {
  const document = JsonSchema.toDocumentDraft07({
    dialect: "draft-2020-12",
    schema: schema as JsonSchema.JsonSchema,
    definitions: $defs as JsonSchema.Definitions
  })
  const { definitions, schema: converted } = withoutTopReference(document.schema, document.definitions)
  const whole = Object.keys(definitions).length === 0 ? converted : { ...converted, definitions }
  const base = `${schemaReference(name).$ref}/`
  return JSON.parse(JSON.stringify(whole), (key, value: unknown) =>
    key === "$ref" && typeof value === "string" ? value.replace(/^#\//u, base) : value
  ) as JsonSchema.JsonSchema
}
