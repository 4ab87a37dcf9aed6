import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { contentType } from "effect/http/ProblemDetails"
import { Name } from "#domain/model/index.ts"
import { optionalFields } from "#layers/http/request/endpointSchemas.ts"
import { type ProblemType, problems, typeUriOf } from "./problemTypes.ts"

/** The schema of a problem document. */
export const problemSchema = ({ code, status, description, fields = {} }: ProblemType): Schema.Top =>
  Schema.Struct({
    type: Schema.Literal(typeUriOf(code)),
    title: Schema.Literal(Name.toTitle(code)),
    status: Schema.Literal(status),
    code: Schema.Literal(code),
    detail: Schema.String,
    correlationId: Schema.optionalKey(Schema.String.annotate({ description: "The correlation id of the request" })),
    ...fields
  }).annotate({ identifier: code, description })

/** Describes the problems of an endpoint: a schema for each status. */
export type ErrorSchemas = (
  problemTypes: ReadonlyArray<ProblemType>,
  headers?: Readonly<Record<string, Schema.Top>>
) => ReadonlyArray<Schema.Top>

/** The problems that any route can respond with. */
const universalProblems = [
  problems.InvalidRequest,
  problems.CrossSiteRequest,
  problems.NotAcceptable,
  problems.PreconditionFailed,
  problems.HostNotAllowed
]

/** The error schemas of one API: each problem is described once, however many endpoints have it. */
export const errorSchemasOfApi = (): ErrorSchemas => {
  const schemaByCode = new Map<string, Schema.Top>()
  const schemaOf = (problemType: ProblemType) => {
    const schema = schemaByCode.get(problemType.code) ?? problemSchema(problemType)
    schemaByCode.set(problemType.code, schema)
    return schema
  }
  const schemaOfStatus = (
    status: number,
    problemTypes: ReadonlyArray<ProblemType>,
    headers: Readonly<Record<string, Schema.Top>>
  ) => {
    const description = problemTypes.map(({ code, description }) => `**${code}**: ${description}`).join("\n\n")
    const body = Schema.Union(problemTypes.map(schemaOf))
      .annotate({ description })
      .pipe(HttpApiSchema.status(status), HttpApiSchema.asJson({ contentType }))
    const headerNames = problemTypes.flatMap(({ headers = {} }) => Object.keys(headers))
    const headerFields = {
      ...Object.fromEntries(headerNames.map((name) => [name, Schema.String])),
      ...optionalFields(headers)
    }
    return Object.keys(headerFields).length === 0 ? body : HttpApiSchema.WithHeaders(body, headerFields)
  }
  return (problemTypes, headers = {}) =>
    Array.from(
      Map.groupBy(new Set([...problemTypes, ...universalProblems]), ({ status }) => status),
      ([status, problemTypes]) => schemaOfStatus(status, problemTypes, headers)
    )
}
