import { Schema } from "effect"
import type { Ids } from "./Context.ts"

/** A field of a command's input that the caller cannot set. */
export type Generated<S extends Schema.Top> = S & { readonly generated: S }

type Fields = Schema.Struct.Fields

/** The names of the generated fields. */
export type Names<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends { readonly generated: Schema.Top } ? Name : never
}[keyof F]

/**
 * Marks a field of an input as made by the system: a UUID derived from the command's id, so that a repeated command names the
 * same thing. The field is text, or an entity whose `id` is text.
 */
export const make = <S extends Schema.Top>(schema: S): Generated<S> =>
  Object.assign(schema.annotate({}) as S, { generated: schema })

/** The schema that a field was made of: of a generated field its own, else the field itself. */
export const schemaOf = (field: Fields[string]): Fields[string] =>
  "generated" in field ? (field.generated as Schema.Top) : field

const namesIn = (fields: Fields): ReadonlyArray<string> =>
  Object.keys(fields).filter((name) => "generated" in fields[name]!)

/** The fields that the caller sets. */
export const requestFields = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, field]) => !("generated" in field)))

/** The value of a generated field with this id. */
export const valueOf = (field: Fields[string], id: string): unknown => ("fields" in field ? { id } : id)

/** A request with the values of the generated fields. */
export const complete = (fields: Fields, request: unknown, { id }: Pick<Ids, "id">): unknown => {
  const names = namesIn(fields)
  if (names.length === 0) return request
  const generated = Object.fromEntries(names.map((name) => [name, valueOf(fields[name]!, id(name))]))
  return { ...(request as object), ...generated }
}

/** The generated fields that do not accept a UUID. */
export const violations = (fields: Fields): ReadonlyArray<string> =>
  namesIn(fields).filter((name) => {
    const schema = Schema.toType(schemaOf(fields[name]!) as Schema.Codec<unknown>)
    return !Schema.is(schema)(valueOf(fields[name]!, "00000000-0000-4000-8000-000000000000"))
  })
