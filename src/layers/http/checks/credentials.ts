import type { HttpServerRequest } from "effect/http"

/**
 * The cookie of a browser that signed in: its token. The prefix makes browsers accept it only from this very host, over TLS or
 * on loopback, and for all paths.
 */
export const sessionCookie = "__Host-session"

const bearer = /^bearer +([\w.~+/=-]+)$/iu

/** The token of a request: of its Authorization header, else of its cookie. An empty text if the header is no bearer token. */
export const tokenOf = ({ cookies, headers }: HttpServerRequest.HttpServerRequest): string | undefined => {
  const { authorization } = headers
  if (authorization !== undefined) return bearer.exec(authorization.trim())?.[1] ?? ""
  return cookies[sessionCookie]
}
