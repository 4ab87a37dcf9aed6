import { Effect, type Schema } from "effect"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { conditional, contentHeaders } from "#layers/http/request/endpointSchemas.ts"
import { ifNoneMatch } from "#layers/http/request/parameters.ts"
import { commonHeaders } from "#layers/http/response/responses.ts"
import { serveContent, StaticContent } from "./StaticContent.ts"

/** An endpoint for a JSON document that is the same for every client. */
export const contentEndpoint = (name: string, path: `/${string}`, summary: string, schema: Schema.Top) =>
  declareEndpoint({
    name,
    method: "GET",
    path,
    summary,
    access: "authenticated",
    headers: { "if-none-match": ifNoneMatch },
    success: conditional(schema, contentHeaders),
    problemTypes: []
  })

/** The route of such an endpoint, which responds with the `current` document. */
export const contentRoute = (endpoint: ReturnType<typeof contentEndpoint>, current: () => StaticContent) =>
  declaredRoute(endpoint, ({ request }) => Effect.suspend(() => serveContent(request, current(), commonHeaders)))

export const jsonContent = (value: object): StaticContent =>
  new StaticContent(JSON.stringify(value), "application/json")

/** A document that is made when it is requested for the first time, so that a start need not wait for it. */
export const onFirstRequest = (make: () => object): (() => StaticContent) => {
  let content: StaticContent | undefined
  return () => (content ??= jsonContent(make()))
}
