import { readFile, stat } from "node:fs/promises"
import { extname, join } from "node:path"
import { StaticContent } from "./StaticContent.ts"

const contentTypeByExtension: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2"
}

interface CachedFile {
  readonly content: StaticContent
  readonly mtimeMs: number
  readonly size: number
}

/** A link to a screen of one board, as the built pages have it. */
const screenLink = /\s*<a data-screen href="([^"]+)">[^<]*<\/a>/gu

/** A page without the links to screens that the board does not have. */
const withoutMissingScreens = (html: Buffer, paths: ReadonlyArray<string>): Buffer =>
  Buffer.from(html.toString().replaceAll(screenLink, (link, path: string) => (paths.includes(path) ? link : "")))

/** The files of a built page, read again when they change. `paths` are those that are served. */
export const pageFiles = (folder: string, paths: ReadonlyArray<string>) => {
  const cache = new Map<string, CachedFile>()
  /** `undefined` if there is no such file, or its extension is unknown. */
  return async (path: string): Promise<StaticContent | undefined> => {
    const contentType = contentTypeByExtension[extname(path)]
    if (contentType === undefined) return undefined
    const file = join(folder, path)
    const { mtimeMs, size } = await stat(file).catch(() => ({ mtimeMs: -1, size: 0 }))
    if (mtimeMs < 0) return void cache.delete(path)
    const cached = cache.get(path)
    if (cached?.mtimeMs === mtimeMs && cached.size === size) return cached.content
    const bytes = await readFile(file)
    const content = new StaticContent(
      extname(path) === ".html" ? withoutMissingScreens(bytes, paths) : bytes,
      contentType
    )
    // Concurrent reads of the same file share the content that the first one cached.
    const cachedMeanwhile = cache.get(path)
    if (cachedMeanwhile?.mtimeMs === mtimeMs && cachedMeanwhile.size === size) return cachedMeanwhile.content
    cache.set(path, { mtimeMs, size, content })
    return content
  }
}
