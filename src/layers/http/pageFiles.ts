import { hash } from "node:crypto"
import { readFile, stat } from "node:fs/promises"
import { extname, join } from "node:path"

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

export interface PageFile {
  readonly body: Uint8Array
  readonly contentType: string
  readonly etag: string
}

interface Kept extends PageFile {
  readonly mtimeMs: number
  readonly size: number
}

/** The files of a built page, read again when they change. */
export const pageFiles = (folder: string) => {
  const kept = new Map<string, Kept>()
  /** `undefined` if there is no such file, or it is of no kind that a page has. */
  return async (path: string): Promise<PageFile | undefined> => {
    const contentType = types[extname(path)]
    if (contentType === undefined) return undefined
    const file = join(folder, path)
    const { mtimeMs, size } = await stat(file).catch(() => ({ mtimeMs: -1, size: 0 }))
    if (mtimeMs < 0) return undefined
    const known = kept.get(path)
    if (known?.mtimeMs === mtimeMs && known.size === size) return known
    const body = await readFile(file)
    const read = { mtimeMs, size, body, contentType, etag: `"${hash("sha256", body, "base64url").slice(0, 22)}"` }
    kept.set(path, read)
    return read
  }
}
