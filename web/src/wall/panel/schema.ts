/** The part of JSON Schema that boards use. */
export interface JsonSchema {
  readonly type?: string | ReadonlyArray<string>
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
  readonly items?: JsonSchema
  readonly enum?: ReadonlyArray<unknown>
  readonly const?: unknown
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly oneOf?: ReadonlyArray<JsonSchema>
  readonly allOf?: ReadonlyArray<JsonSchema>
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly format?: string
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly multipleOf?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly prefixItems?: ReadonlyArray<JsonSchema>
  readonly additionalProperties?: boolean | JsonSchema
  readonly minLength?: number
  readonly maxLength?: number
  readonly description?: string
  readonly title?: string
}

/** One value of an input or of event data, with its path: `["room", "id"]`. */
export interface Field {
  readonly path: ReadonlyArray<string>
  readonly schema: JsonSchema
  readonly required: boolean
}

/** The function that picks the stricter of two bounds. */
const stricterBound = {
  minimum: Math.max,
  exclusiveMinimum: Math.max,
  minLength: Math.max,
  minItems: Math.max,
  maximum: Math.min,
  exclusiveMaximum: Math.min,
  maxLength: Math.min,
  maxItems: Math.min
}

const mergeSchemas = (parts: ReadonlyArray<JsonSchema>): JsonSchema => {
  const all: Record<string, unknown> = Object.assign({}, ...parts)
  for (const [name, of] of Object.entries(stricterBound)) {
    const bounds = parts.flatMap((part) => part[name as keyof typeof stricterBound] ?? [])
    if (bounds.length > 0) all[name] = of(...bounds)
  }
  return all as JsonSchema
}

/** Resolves references and merges `allOf`. */
export const resolve = (schema: JsonSchema, root: JsonSchema): JsonSchema => {
  const { $ref, allOf, ...own } = schema
  const name = $ref?.match(/^#\/(?:\$defs|definitions|components\/schemas)\/(.+)$/u)?.[1]
  const target = name === undefined ? undefined : root.$defs?.[name.replaceAll("~1", "/").replaceAll("~0", "~")]
  const parts = [...(target ? [resolve(target, root)] : []), ...(allOf ?? []).map((part) => resolve(part, root))]
  return mergeSchemas([...parts, own])
}

/** The leaves of an object schema, in its order. */
export const fieldsOf = (
  schema: JsonSchema,
  root = schema,
  path: ReadonlyArray<string> = [],
  required = true
): ReadonlyArray<Field> => {
  const resolved = resolve(schema, root)
  if (!resolved.properties) return [{ path, schema: resolved, required }]
  return Object.entries(resolved.properties).flatMap(([name, property]) =>
    name === "_tag"
      ? []
      : fieldsOf(property, root, [...path, name], required && (resolved.required?.includes(name) ?? false))
  )
}
