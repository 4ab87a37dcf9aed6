import { Effect } from "effect"
import { HttpRouter, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { problem } from "#layers/http/response/response.ts"
import { pageFiles } from "./pageFiles.ts"
import { pageHeaders } from "./pageHeaders.ts"
import { answerWith } from "./StaticContent.ts"

/** Where the pages' files are. */
export const assets = "/assets/"

/** A built page: where its files are, and the paths it is at; `/guest` is `guest.html` there, or else `index.html`. */
export interface Page {
  readonly folder: string
  readonly paths: ReadonlyArray<`/${string}`>
}

const safe = pageHeaders({ "img-src": "'self' data:" })

const missing = HttpServerResponse.text(
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The pages are not built</title></head><body>
<h1>The pages are not built</h1>
<p><code>npm start</code> builds them while it starts: reload in a moment. If it printed why it could not, do what it says;
without the dev dependencies (<code>npm ci --omit=dev</code>) run <code>npm ci</code> and <code>npm run build</code>.</p>
<p>The API is there without them: <a href="/docs">documentation</a>, <a href="/health/ready">health</a>.</p>
</body></html>
`,
  { status: 503, contentType: "text/html; charset=utf-8", headers: { ...safe, "cache-control": "no-store" } }
)

/** A name that its content made: it is the same for ever. Others are asked for again. */
const isHashed = (name: string) => /-[\w-]{8,}\.\w+$/u.test(name)
const forEver = "public, max-age=31536000, immutable"
const ask = "no-cache"

/** The page, its assets, and a page that says so where it is not built. */
export const pageRoutes = ({ folder, paths }: Page) => {
  const read = pageFiles(folder)

  const page = (path: string) => (request: HttpServerRequest.HttpServerRequest) =>
    Effect.flatMap(
      Effect.promise(async () => (path !== "/" && (await read(`${path}.html`))) || (await read("/index.html"))),
      (file) => (file ? answerWith(request, file, { ...safe, "cache-control": ask }) : Effect.succeed(missing))
    )

  const asset = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const { name = "" } = (yield* HttpRouter.RouteContext).params
    const file = /^\w[\w.-]*$/u.test(name) ? yield* Effect.promise(() => read(`${assets}${name}`)) : undefined
    if (!file) return problem(problems.RouteNotFound)
    return yield* answerWith(request, file, { ...safe, "cache-control": isHashed(name) ? forEver : ask })
  })

  return [
    ...paths.map((path) => HttpRouter.route("GET", path, page(path))),
    HttpRouter.route("GET", `${assets}:name`, asset)
  ]
}
