import type { Board } from "#domain/grammar/index.ts"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiScalar, OpenApi } from "effect/http-api"
import { onEveryAnswer } from "./answer.ts"
import { apiOf } from "./api.ts"
import { answerWith, StaticContent } from "./StaticContent.ts"

export const page = "/docs"
const document = "/openapi.json"

/** Where the description of the API is. */
export const paths = [page, document].map((path) => ({ method: "GET", path }))

/** The page carries all it needs; a browser is told to load nothing from elsewhere. */
const selfContained = {
  ...onEveryAnswer,
  // The ETag says whether it is still so.
  "cache-control": "no-cache",
  "content-security-policy":
    "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data: blob:; font-src data:"
}

/** What a route answers first is what it answers always: it is kept, and compressed once. */
const kept = HttpRouter.middleware((app) => {
  let content: StaticContent | undefined
  return Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    content ??= contentOf(yield* app)
    return yield* answerWith(request, content, selfContained)
  })
})

const contentOf = ({ body }: HttpServerResponse.HttpServerResponse): StaticContent => {
  if (body._tag !== "Uint8Array") throw new Error(`Expected a whole body, got ${body._tag}`)
  return new StaticContent(body.text ?? body.body, body.contentType)
}

/** Scalar writes every parameter with a schema into its snippets, as empty text; one with a content it leaves out. */
const forSnippets = (spec: Record<string, any>) => ({
  ...spec,
  paths: mapValues(spec["paths"], (methods) =>
    mapValues(methods, (operation) => ({
      ...operation,
      parameters: operation["parameters"].map(({ schema, ...parameter }: Record<string, any>) =>
        parameter["required"] ? { schema, ...parameter } : { ...parameter, content: { "text/plain": { schema } } }
      )
    }))
  )
})

const mapValues = (record: Record<string, any>, f: (value: Record<string, any>) => unknown) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value)]))

/** The API's description: for machines, and as a page that needs no network. */
export const layer = (board: Board.Any) => {
  const api = apiOf(board)
  return Layer.merge(
    HttpApiScalar.layer(api.annotate(OpenApi.Transform, forSnippets), {
      path: page,
      scalar: { withDefaultFonts: false }
    }),
    HttpRouter.add("GET", document, Effect.succeed(HttpServerResponse.jsonUnsafe(OpenApi.fromApi(api))))
  ).pipe(Layer.provide(kept.layer))
}
