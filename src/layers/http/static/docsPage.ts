import { hash } from "node:crypto"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiScalar, OpenApi } from "effect/http-api"
import type { Board } from "#domain/model/index.ts"
import { apiOf } from "#layers/http/contract/api.ts"
import { onEveryAnswer } from "#layers/http/response/response.ts"
import { pageHeaders } from "./pageHeaders.ts"
import { answerWith, StaticContent } from "./StaticContent.ts"

export const page = "/docs"
const document = "/openapi.json"

/** Where the description of the API is. */
export const paths = [page, document].map((path) => ({ method: "GET", path }))

// The ETag says whether it is still so.
const asked = { ...onEveryAnswer, "cache-control": "no-cache" }

/** What a route answers first is what it answers always: it is kept, and compressed once. */
const kept = (made: (text: string) => { readonly text: string; readonly headers: Readonly<Record<string, string>> }) =>
  HttpRouter.middleware((app) => {
    let known: { readonly content: StaticContent; readonly headers: Readonly<Record<string, string>> } | undefined
    return Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      known ??= contentOf(yield* app)
      return yield* answerWith(request, known.content, known.headers)
    })

    function contentOf({ body }: HttpServerResponse.HttpServerResponse) {
      if (body._tag !== "Uint8Array") throw new Error(`Expected a whole body, got ${body._tag}`)
      const { headers, text } = made(body.text ?? new TextDecoder().decode(body.body))
      return { content: new StaticContent(text, utf8Of(body.contentType)), headers: { ...asked, ...headers } }
    }
  })

const utf8Of = (contentType: string) => (contentType === "text/html" ? "text/html; charset=utf-8" : contentType)

/** In a corner that Scalar leaves free, however wide the window and whichever part of the page a link opened. */
const wayBack = {
  html: `<a class="way-back" href="/">← The wall</a>`,
  css: `
    .way-back { position: fixed; right: 16px; bottom: 16px; z-index: 10; padding: 8px 16px; border-radius: 20px;
      border: 1px solid var(--scalar-border-color); box-shadow: var(--scalar-shadow-1); text-decoration: none;
      font: 16px var(--scalar-font); color: var(--scalar-color-1); background: var(--scalar-background-1) }
    .way-back:hover { background: var(--scalar-background-2) }
  `
}

/** Scalar's page with a language and, where there is a wall, a way back to it; each of its scripts is known by its hash. */
const dressed = (hasWall: boolean) => (page: string) => {
  const text = page.replace("<html>", `<html lang="en">`).replace("<body>", `<body>${hasWall ? wayBack.html : ""}`)
  const scripts = Array.from(text.matchAll(/<script>([\s\S]*?)<\/script>/gu), ([, script]) => script!)
  const hashes = scripts.map((script) => `'sha256-${hash("sha256", script, "base64")}'`)
  const headers = pageHeaders({
    "script-src": hashes.join(" "),
    "style-src": "'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "data:"
  })
  return { text, headers }
}

/** What Effect's type of Scalar's settings leaves out: no tools for those who edit the document, no other site's client. */
const withoutOffers = { showDeveloperTools: "never", hideClientButton: true }

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
export const layer = (board: Board.Any, hasWall: boolean) => {
  const api = apiOf(board)
  const scalar = { withDefaultFonts: false, ...(hasWall && { customCss: wayBack.css }), ...withoutOffers }
  return Layer.merge(
    HttpApiScalar.layer(api.annotate(OpenApi.Transform, forSnippets), { path: page, scalar }).pipe(
      Layer.provide(kept(dressed(hasWall)).layer)
    ),
    HttpRouter.add("GET", document, Effect.succeed(HttpServerResponse.jsonUnsafe(OpenApi.fromApi(api)))).pipe(
      Layer.provide(kept((text) => ({ text, headers: {} })).layer)
    )
  )
}
