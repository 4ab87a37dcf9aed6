import { Schema } from "effect"
import type { Actor } from "#domain/model/index.ts"

export const said = (description: string) => Schema.String.annotate({ description })

export const optional = (fields: Readonly<Record<string, Schema.Top>>): Schema.Struct.Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, Schema.optionalKey(schema)]))

/** The headers of an answer. */
export const etag = { etag: said('The position, and the name of the log that it counts in: `"25@Zk3x9PqLw0aB"`') }
export const contentEtag = { etag: said("Names these very bytes, in their encoding") }
export const correlated = { "x-correlation-id": said("What the request was part of") }

/** What an operation says of itself: who stands where, and by which rules. */
export const prose = ({ by, rules }: { readonly by: Actor.Door; readonly rules: ReadonlyArray<string> }): string =>
  [`${by.actor.name}, at: ${by.screen}.`, ...rules.map((rule) => `- ${rule}`)].join("\n\n")

type Parameter = Record<string, any>

/** What is said of a parameter in JSON Schema, if it is a number. */
const numberIn = (schema: Schema.Top | undefined): object | undefined => {
  const inJson = schema && Schema.toJsonSchemaDocument(schema).schema
  return inJson && (inJson["type"] === "integer" || inJson["type"] === "number") ? inJson : undefined
}

/** In a URL a number is text, and described as such; callers would rather know its bounds. */
export const bounded = (schemas: Readonly<Record<string, Schema.Top>>) => (operation: Parameter) => ({
  ...operation,
  parameters: operation["parameters"].map((parameter: Parameter) => ({
    ...parameter,
    schema: numberIn(schemas[parameter["name"]]) ?? parameter["schema"]
  }))
})
