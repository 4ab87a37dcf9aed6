import { readFile, stat } from "node:fs/promises"
import { extname, join } from "node:path"
import { StaticContent } from "./StaticContent.ts"

const types: Readonly<Record<string, string>> = {
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

interface Kept {
  readonly content: StaticContent
  readonly mtimeMs: number
  readonly size: number
}

/** The files of a built page, read again when they change. */
export const pageFiles = (folder: string) => {
  const kept = new Map<string, Kept>()
  /** `undefined` if there is no such file, or it is of no kind that a page has. */
  return async (path: string): Promise<StaticContent | undefined> => {
    const contentType = types[extname(path)]
    if (contentType === undefined) return undefined
    const file = join(folder, path)
    const { mtimeMs, size } = await stat(file).catch(() => ({ mtimeMs: -1, size: 0 }))
    if (mtimeMs < 0) return void kept.delete(path)
    const known = kept.get(path)
    if (known?.mtimeMs === mtimeMs && known.size === size) return known.content
    const content = new StaticContent(await readFile(file), contentType)
    // Of several that read it at once, all answer with what the first kept.
    const now = kept.get(path)
    if (now?.mtimeMs === mtimeMs && now.size === size) return now.content
    kept.set(path, { mtimeMs, size, content })
    return content
  }
}
