/**
 * The longest that a request runs before its caller is asked to retry. Callers are promised an answer within 15 s, and an
 * app may have been stopped for 5 s of them before it reads the request.
 */
export const requestTimeoutMillis = 9_000
