import { Effect } from "effect"
import { HttpMiddleware, HttpPlatform, HttpRouter, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { empty, problem } from "./answer.ts"
import { matches } from "./etag.ts"
import { type PageFile, pageFiles } from "./pageFiles.ts"
import { problems } from "./problems.ts"

/** Where the pages' files are. */
export const assets = "/assets/"

/** A built page: where its files are, and the paths it is at; `/guest` is `guest.html` there, or else `index.html`. */
export interface Page {
  readonly folder: string
  readonly paths: ReadonlyArray<`/${string}`>
}

/** The page carries all it needs; a browser is told to load nothing from elsewhere. */
const policy =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const safe = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer"
}

const missing = HttpServerResponse.text(
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The page is not built</title></head><body>
<h1>The page is not built</h1>
<p>Run <code>npm run build</code>, or <code>npm start</code>, which builds it. The API is there without it:
<a href="/docs">documentation</a>, <a href="/health/ready">health</a>.</p>
</body></html>
`,
  { status: 503, contentType: "text/html; charset=utf-8", headers: { ...safe, "cache-control": "no-store" } }
)

const answer = (request: HttpServerRequest.HttpServerRequest, file: PageFile, cacheControl: string) => {
  const { body, contentType, etag } = file
  const headers = { ...safe, etag, "cache-control": cacheControl }
  return matches(request.headers["if-none-match"], etag)
    ? empty(304, headers)
    : HttpServerResponse.uint8Array(body, { contentType, headers })
}

/** A name that its content made: it is the same for ever. Others are asked for again. */
const isHashed = (name: string) => /-[\w-]{8,}\.\w+$/u.test(name)
const forEver = "public, max-age=31536000, immutable"
const ask = "no-cache"

/** The page, its assets, and a page that says so where it is not built. */
export const pageRoutes = Effect.fnUntraced(function* ({ folder, paths }: Page) {
  const platform = yield* HttpPlatform.HttpPlatform
  const read = pageFiles(folder)

  const compressed = (
    handle: (request: HttpServerRequest.HttpServerRequest) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  ) => {
    return (request: HttpServerRequest.HttpServerRequest) =>
      handle(request).pipe(HttpMiddleware.compression(), Effect.provideService(HttpPlatform.HttpPlatform, platform))
  }

  const page = (path: string) =>
    compressed((request) =>
      Effect.promise(async () => {
        const file = (path !== "/" && (await read(`${path}.html`))) || (await read("/index.html"))
        return file ? answer(request, file, ask) : missing
      })
    )

  const asset = compressed(
    (request) =>
      Effect.flatMap(HttpRouter.RouteContext, ({ params }) =>
        Effect.promise(async () => {
          const name = params["name"] ?? ""
          const file = /^\w[\w.-]*$/u.test(name) ? await read(`${assets}${name}`) : undefined
          return file ? answer(request, file, isHashed(name) ? forEver : ask) : problem(problems.RouteNotFound)
        })
      ) as Effect.Effect<HttpServerResponse.HttpServerResponse>
  )

  return [
    ...paths.map((path) => HttpRouter.route("GET", path, page(path))),
    HttpRouter.route("GET", `${assets}:name`, asset)
  ]
})
