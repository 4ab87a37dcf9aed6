import { signInPath } from "../api/leaveForSignIn.ts"

/**
 * A path of this server: one slash, and then no other and no backslash, which browsers take for one. Browsers also drop tabs
 * and line breaks, so that `/<tab>/host` would name a host: no text with a control character or a space is a path.
 */
const path = /^\/(?![/\\])[^\\\p{Cc}\p{Z}]*$/u

/**
 * Where `?to=` leads after signing in: the address of a page of this origin, or undefined. It is in a link that anyone can
 * write, so it must never lead to another site.
 */
export const returnAddress = (to: string | null, origin: string): URL | undefined => {
  if (to === null || !path.test(to)) return undefined
  const url = URL.parse(to, origin)
  // With `..` and `.` the path of the result may begin with two slashes, so it is only used as a whole.
  return url?.origin === origin && url.pathname !== signInPath ? url : undefined
}
