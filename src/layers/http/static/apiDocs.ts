import { hash } from "node:crypto"
import { Effect, flow, Layer } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiScalar, OpenApi } from "effect/http-api"
import type { Board } from "#domain/model/index.ts"
import type { accessGuard } from "#layers/http/checks/accessGuard.ts"
import { apiOf } from "#layers/http/contract/api.ts"
import { addSecuritySchemes } from "#layers/http/request/accessDescription.ts"
import { commonHeaders } from "#layers/http/response/responses.ts"
import { pageHeaders } from "./pageHeaders.ts"
import { signInPath } from "./pageRoutes.ts"
import { serveContent, StaticContent } from "./StaticContent.ts"

export const docsPath = "/docs"
const openApiPath = "/openapi.json"

/** The routes of the API documentation. */
export const docsRoutes = [docsPath, openApiPath].map((path) => ({ method: "GET", path }))

// Revalidated by ETag.
const docsHeaders = { ...commonHeaders, "cache-control": "no-cache" }

/** Caches the first response of a route as static content: it never changes, and is compressed once. */
const cachedContent = (
  guard: ReturnType<ReturnType<typeof accessGuard>>,
  transform: (text: string) => { readonly text: string; readonly headers: Readonly<Record<string, string>> }
) =>
  HttpRouter.middleware((app) => {
    let cached: { readonly content: StaticContent; readonly headers: Readonly<Record<string, string>> } | undefined
    const respond = Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      cached ??= contentOf(yield* app)
      return yield* serveContent(request, cached.content, cached.headers)
    })
    return guard(respond)

    function contentOf({ body }: HttpServerResponse.HttpServerResponse) {
      if (body._tag !== "Uint8Array") throw new Error(`Expected a whole body, got ${body._tag}`)
      const { headers, text } = transform(body.text ?? new TextDecoder().decode(body.body))
      return { content: new StaticContent(text, utf8Of(body.contentType)), headers: { ...docsHeaders, ...headers } }
    }
  })

const utf8Of = (contentType: string) => (contentType === "text/html" ? "text/html; charset=utf-8" : contentType)

/** In a corner that Scalar leaves free at every window width and scroll position. */
const backLink = {
  html: `<a class="way-back" href="/">← The wall</a>`,
  css: `
    .way-back { position: fixed; right: 16px; bottom: 16px; z-index: 10; padding: 8px 16px; border-radius: 20px;
      border: 1px solid var(--scalar-border-color); box-shadow: var(--scalar-shadow-1); text-decoration: none;
      font: 16px var(--scalar-font); color: var(--scalar-color-1); background: var(--scalar-background-1) }
    .way-back:hover { background: var(--scalar-background-2) }
  `
}

/**
 * Scalar's page with a language and, if there is a wall, a link to it; the policy allows its scripts by their hashes.
 */
const customizePage = (hasWall: boolean) => (page: string) => {
  const text = page.replace("<html>", `<html lang="en">`).replace("<body>", `<body>${hasWall ? backLink.html : ""}`)
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

/** Settings that Effect's type for Scalar lacks: they hide its tools for editing, and the client of another site. */
const hiddenFeatures = { showDeveloperTools: "never", hideClientButton: true }

/** Scalar adds every parameter with a `schema` to its snippets, as empty text; it omits parameters with a `content`. */
const adaptForSnippets = (spec: Record<string, any>) => ({
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

/** The API documentation: the OpenAPI document, and a page that loads nothing from other sites. */
export const layer = (board: Board.Any, hasWall: boolean, guard: ReturnType<typeof accessGuard>) => {
  const api = apiOf(board)
  const access = { access: "authenticated" } as const
  const scalar = { withDefaultFonts: false, ...(hasWall && { customCss: backLink.css }), ...hiddenFeatures }
  return Layer.merge(
    HttpApiScalar.layer(api.annotate(OpenApi.Transform, flow(addSecuritySchemes, adaptForSnippets)), {
      path: docsPath,
      scalar
    }).pipe(
      Layer.provide(
        cachedContent(guard({ ...access, signInPath: hasWall ? signInPath : undefined }), customizePage(hasWall)).layer
      )
    ),
    HttpRouter.add("GET", openApiPath, Effect.succeed(HttpServerResponse.jsonUnsafe(OpenApi.fromApi(api)))).pipe(
      Layer.provide(cachedContent(guard(access), (text) => ({ text, headers: {} })).layer)
    )
  )
}
