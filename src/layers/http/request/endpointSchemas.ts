import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import type { Actor } from "#domain/model/index.ts"

export const describedString = (description: string) => Schema.String.annotate({ description })

export const optionalFields = (fields: Readonly<Record<string, Schema.Top>>): Schema.Struct.Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, Schema.optionalKey(schema)]))

/** Headers of responses. */
export const etagHeader = {
  etag: describedString('The position, and the name of the log that it is a position of: `"25@Zk3x9PqLw0aB"`')
}
export const contentHeaders = {
  etag: describedString("Identifies exactly these bytes, in their content encoding"),
  vary: Schema.Literal("accept-encoding"),
  "content-encoding": Schema.optionalKey(Schema.Literals(["br", "gzip"])).annotate({
    description: "Absent for a 304, and for a client that accepts neither"
  })
}
export const varyHeader = { vary: Schema.Literal("accept") }
export const correlationHeader = { "x-correlation-id": describedString("The correlation id of the request") }

/** The success of a conditional read: the content, or a 304 with the same headers. */
export const conditional = (content: Schema.Top, headers: Schema.Struct.Fields): ReadonlyArray<Schema.Top> => [
  HttpApiSchema.WithHeaders(content, headers),
  HttpApiSchema.WithHeaders(HttpApiSchema.Empty(304), headers).annotate({
    description: "The content still has that ETag"
  })
]

/** The description of an operation: its actor and screen, and the rules of its slice. */
export const operationDescription = ({
  by,
  rules
}: {
  readonly by: Actor.Endpoint
  readonly rules: ReadonlyArray<string>
}): string => [`${by.actor.name}, at: ${by.screen}.`, ...rules.map((rule) => `- ${rule}`)].join("\n\n")

type Parameter = Record<string, any>

/** The JSON Schema of a numeric parameter; `undefined` for any other. */
const numericSchemaOf = (schema: Schema.Top | undefined): object | undefined => {
  const jsonSchema = schema && Schema.toJsonSchemaDocument(schema).schema
  return jsonSchema && (jsonSchema["type"] === "integer" || jsonSchema["type"] === "number") ? jsonSchema : undefined
}

/** The generated document describes a number in a URL as a string; this gives it its type and bounds. */
export const withNumericBounds = (schemas: Readonly<Record<string, Schema.Top>>) => (operation: Parameter) => ({
  ...operation,
  parameters: operation["parameters"].map((parameter: Parameter) => ({
    ...parameter,
    schema: numericSchemaOf(schemas[parameter["name"]]) ?? parameter["schema"]
  }))
})
