import { Schema } from "effect"
import type { Actor } from "#domain/model/index.ts"

export const describedString = (description: string) => Schema.String.annotate({ description })

export const optionalFields = (fields: Readonly<Record<string, Schema.Top>>): Schema.Struct.Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, Schema.optionalKey(schema)]))

/** The headers of an answer. */
export const etagHeader = {
  etag: describedString('The position, and the name of the log that it counts in: `"25@Zk3x9PqLw0aB"`')
}
export const contentEtagHeader = { etag: describedString("Names these very bytes, in their encoding") }
export const correlationHeader = { "x-correlation-id": describedString("What the request was part of") }

/** What an operation says of itself: who stands where, and by which rules. */
export const operationDescription = ({
  by,
  rules
}: {
  readonly by: Actor.Endpoint
  readonly rules: ReadonlyArray<string>
}): string => [`${by.actor.name}, at: ${by.screen}.`, ...rules.map((rule) => `- ${rule}`)].join("\n\n")

type Parameter = Record<string, any>

/** What is said of a parameter in JSON Schema, if it is a number. */
const numericSchemaOf = (schema: Schema.Top | undefined): object | undefined => {
  const jsonSchema = schema && Schema.toJsonSchemaDocument(schema).schema
  return jsonSchema && (jsonSchema["type"] === "integer" || jsonSchema["type"] === "number") ? jsonSchema : undefined
}

/** In a URL a number is text, and described as such; callers would rather know its bounds. */
export const withNumericBounds = (schemas: Readonly<Record<string, Schema.Top>>) => (operation: Parameter) => ({
  ...operation,
  parameters: operation["parameters"].map((parameter: Parameter) => ({
    ...parameter,
    schema: numericSchemaOf(schemas[parameter["name"]]) ?? parameter["schema"]
  }))
})
