/** As much of JSON Schema as boards use. */
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
  readonly minLength?: number
  readonly maxLength?: number
  readonly description?: string
  readonly title?: string
}

/** One value that is asked for or told, with its path in the whole: `["room", "id"]`. */
export interface Field {
  readonly path: ReadonlyArray<string>
  readonly schema: JsonSchema
  readonly required: boolean
}

/** Follows references and joins what has to hold together. */
export const resolve = (schema: JsonSchema, root: JsonSchema): JsonSchema => {
  const { $ref, allOf, ...own } = schema
  const name = $ref?.match(/^#\/(?:\$defs|definitions|components\/schemas)\/(.+)$/u)?.[1]
  const target = name === undefined ? undefined : root.$defs?.[name.replaceAll("~1", "/").replaceAll("~0", "~")]
  const parts = [...(target ? [resolve(target, root)] : []), ...(allOf ?? []).map((part) => resolve(part, root))]
  return Object.assign({}, ...parts, own) as JsonSchema
}

/** The leaves of an object, in its order. */
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

const bounds = ({ minimum, maximum, minLength, maxLength }: JsonSchema): string => {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`
  if (minimum !== undefined) return `from ${minimum}`
  if (maximum !== undefined) return `up to ${maximum}`
  if (maxLength !== undefined) return `${minLength ?? 0} to ${maxLength} characters`
  return minLength === undefined ? "" : `at least ${minLength} characters`
}

/** A schema in words: `integer, 1 to 9999`. */
export const inWords = (schema: JsonSchema, root = schema): string => {
  const resolved = resolve(schema, root)
  const { type, format, pattern, items } = resolved
  const choices = resolved.enum ?? (resolved.const === undefined ? undefined : [resolved.const])
  if (choices) return choices.map(String).join(" | ")
  const either = resolved.anyOf ?? resolved.oneOf
  if (either) return Array.from(new Set(either.map((one) => inWords(one, root)))).join(" | ")
  if (type === "array") {
    const inner = items && resolve(items, root)
    const of = inner?.properties ? Object.keys(inner.properties).join(" · ") : inner ? inWords(inner, root) : "anything"
    return `list of ${of}`
  }
  const name = format ?? (Array.isArray(type) ? type.join(" | ") : (type as string | undefined)) ?? "anything"
  const shape = format || !pattern ? "" : `like ${pattern}`
  return [name, bounds(resolved), shape].filter(Boolean).join(", ")
}
