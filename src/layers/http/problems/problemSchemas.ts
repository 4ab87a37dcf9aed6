import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { contentType } from "effect/http/ProblemDetails"
import { Name } from "#domain/model/index.ts"
import { optional } from "#layers/http/request/parameters.ts"
import { type Kind, problems, typeOf } from "./problemTypes.ts"

/** A problem as it is written. */
export const problemSchema = ({ code, status, description, fields = {} }: Kind): Schema.Top =>
  Schema.Struct({
    type: Schema.Literal(typeOf(code)),
    title: Schema.Literal(Name.words(code)),
    status: Schema.Literal(status),
    code: Schema.Literal(code),
    detail: Schema.String,
    correlationId: Schema.optionalKey(Schema.String.annotate({ description: "What the request is part of" })),
    ...fields
  }).annotate({ identifier: code, description })

/** Describes what can go wrong at an endpoint: a schema for each status. */
export type Errors = (
  kinds: ReadonlyArray<Kind>,
  headers?: Readonly<Record<string, Schema.Top>>
) => ReadonlyArray<Schema.Top>

/** What any request may be answered with, whatever its route does. */
const everywhere = [
  problems.InvalidRequest,
  problems.CrossSiteRequest,
  problems.NotAcceptable,
  problems.PreconditionFailed,
  problems.HostNotAllowed
]

/** For one API: each problem is described once, however many endpoints answer with it. */
export const errorsOfApi = (): Errors => {
  const known = new Map<string, Schema.Top>()
  const schemaOf = (kind: Kind) => {
    const schema = known.get(kind.code) ?? problemSchema(kind)
    known.set(kind.code, schema)
    return schema
  }
  const ofStatus = (status: number, kinds: ReadonlyArray<Kind>, headers: Readonly<Record<string, Schema.Top>>) => {
    const description = kinds.map(({ code, description }) => `**${code}**: ${description}`).join("\n\n")
    const body = Schema.Union(kinds.map(schemaOf))
      .annotate({ description })
      .pipe(HttpApiSchema.status(status), HttpApiSchema.asJson({ contentType }))
    const names = kinds.flatMap(({ headers = {} }) => Object.keys(headers))
    const all = { ...Object.fromEntries(names.map((name) => [name, Schema.String])), ...optional(headers) }
    return Object.keys(all).length === 0 ? body : HttpApiSchema.WithHeaders(body, all)
  }
  return (kinds, headers = {}) =>
    Array.from(
      Map.groupBy(new Set([...kinds, ...everywhere]), ({ status }) => status),
      ([status, kinds]) => ofStatus(status, kinds, headers)
    )
}
