import { readFile, stat } from "node:fs/promises"
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTVerifyGetKey
} from "jose"

/** Limits of what is read from a URL of keys, which the app does not control. */
const maxBytes = 256 * 1024
const timeoutMillis = 5_000

/** Milliseconds after which keys are fetched again, and before which a token with an unknown key does not cause that. */
const maxAgeMillis = 600_000
const cooldownMillis = 30_000

const bodyUpTo = async (response: Response, max: number): Promise<Uint8Array<ArrayBuffer>> => {
  const parts: Array<Uint8Array> = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    if (length > max) throw new Error(`the answer has more than ${max} bytes`)
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}

/** Fetches without following redirects, and reads no more than `maxBytes`. */
const limitedFetch: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options)
  const body = await bodyUpTo(response, maxBytes)
  return new Response(response.ok ? body : null, { status: response.status, headers: response.headers })
}

/** Keys at a URL (JWKS). A rotation is noticed by the first token with a new key, or after ten minutes. */
const keysAt = (url: URL): JWTVerifyGetKey =>
  createRemoteJWKSet(url, {
    timeoutDuration: timeoutMillis,
    cooldownDuration: cooldownMillis,
    cacheMaxAge: maxAgeMillis,
    [customFetch]: limitedFetch
  })

/** Keys in a file (JWKS), which is read again when it has changed. */
const keysInFile = (path: string): JWTVerifyGetKey => {
  let loaded: { readonly changedAtMillis: number; readonly keys: JWTVerifyGetKey } | undefined
  return async (header, token) => {
    const { mtimeMs, size } = await stat(path)
    if (size > maxBytes) throw new Error(`${path} has more than ${maxBytes} bytes`)
    if (loaded?.changedAtMillis !== mtimeMs) {
      const keys = createLocalJWKSet(JSON.parse(await readFile(path, "utf8")) as JSONWebKeySet)
      loaded = { changedAtMillis: mtimeMs, keys }
    }
    return loaded.keys(header, token)
  }
}

/** The public keys of an issuer: at a URL, or in a file. */
export const issuerKeys = (source: string): JWTVerifyGetKey => {
  const url = /^https?:/u.test(source) ? URL.parse(source) : null
  return url ? keysAt(url) : keysInFile(source)
}
