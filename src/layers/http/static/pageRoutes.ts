import { Effect } from "effect"
import { HttpRouter, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { type Access, operators } from "#layers/access/Access.ts"
import { withAccess } from "#layers/http/checks/accessGuard.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { problemResponse } from "#layers/http/response/responses.ts"
import { pageFiles } from "./pageFiles.ts"
import { pageHeaders } from "./pageHeaders.ts"
import { serveContent } from "./StaticContent.ts"

/** The page where browsers sign in. */
export const signInPath = "/sign-in"

/** The path prefix of the pages' assets. */
export const assetsPath = "/assets/"

/**
 * Built pages: the folder of their files, and the paths they are served at; `/guest` is `guest.html`, or else
 * `index.html`.
 */
export interface Page {
  readonly folder: string
  readonly paths: ReadonlyArray<`/${string}`>
  /** By path: who may open the page. Only operators, if it is not here. */
  readonly access?: Readonly<Record<string, Access>> | undefined
  /** By path: another origin that the page may connect to. */
  readonly connects?: Readonly<Record<string, string>> | undefined
}

const imageSources = { "img-src": "'self' data:" }
const securityHeaders = pageHeaders(imageSources)

const notBuiltResponse = HttpServerResponse.text(
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The pages are not built</title></head><body>
<h1>The pages are not built</h1>
<p><code>npm start</code> builds them while it starts: reload in a moment. If it printed an error, follow its advice;
without the dev dependencies (<code>npm ci --omit=dev</code>) run <code>npm ci</code> and <code>npm run build</code>.</p>
<p>The API works without them: <a href="/docs">documentation</a>, <a href="/health/ready">health</a>.</p>
</body></html>
`,
  { status: 503, contentType: "text/html; charset=utf-8", headers: { ...securityHeaders, "cache-control": "no-store" } }
)

/** Whether a name contains a hash of its content: then it never changes. Other files are revalidated. */
const isHashed = (name: string) => /-[\w-]{8,}\.\w+$/u.test(name)
const immutableCaching = "public, max-age=31536000, immutable"
const revalidatedCaching = "no-cache"

/** The pages and their assets, or a page with instructions where they are not built. */
export const pageRoutes = ({ access = {}, connects = {}, folder, paths }: Page) => {
  const read = pageFiles(folder, paths)

  const headersOf = (path: string) => {
    const url = connects[path]
    return url === undefined ? securityHeaders : pageHeaders({ ...imageSources, "connect-src": `'self' ${url}` })
  }

  const page = (path: string) => {
    const headers = { ...headersOf(path), "cache-control": revalidatedCaching }
    return (request: HttpServerRequest.HttpServerRequest) =>
      Effect.flatMap(
        Effect.promise(async () => (path !== "/" && (await read(`${path}.html`))) || (await read("/index.html"))),
        (file) => (file ? serveContent(request, file, headers) : Effect.succeed(notBuiltResponse))
      )
  }

  const asset = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const { name = "" } = (yield* HttpRouter.RouteContext).params
    const file = /^\w[\w.-]*$/u.test(name) ? yield* Effect.promise(() => read(`${assetsPath}${name}`)) : undefined
    if (!file) return problemResponse(problems.RouteNotFound)
    return yield* serveContent(request, file, {
      ...securityHeaders,
      "cache-control": isHashed(name) ? immutableCaching : revalidatedCaching
    })
  })

  return [
    ...paths.map((path) =>
      withAccess(access[path] ?? operators, HttpRouter.route("GET", path, page(path)), signInPath)
    ),
    withAccess("everyone", HttpRouter.route("GET", `${assetsPath}:name`, asset))
  ]
}
