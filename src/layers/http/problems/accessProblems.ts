import { Schema } from "effect"

/** Problems of who may do what. They say the same whatever is wrong with a token, so that nobody learns from guesses. */
export const accessProblems = {
  NotAuthenticated: {
    status: 401,
    description:
      "The request has no valid token: send `authorization: Bearer <token>`, or sign in at /sign-in in a browser. Tokens are for this app, and expire.",
    headers: { "www-authenticate": "Bearer" }
  },
  NotPermitted: {
    status: 403,
    description: "The caller may not do this: it is for other roles, or concerns somebody else. Nothing was done."
  },
  TokensUncheckable: {
    status: 503,
    description: "Tokens cannot be checked now, since the keys of their issuer are not reachable. Try again.",
    headers: { "retry-after": "5" }
  },
  TooManyRequests: {
    status: 429,
    description: "There were too many requests, of this caller or of all of them. Nothing was done.",
    fields: { of: Schema.Literals(["caller", "all callers"]) },
    headers: { "retry-after": "1" }
  },
  Overloaded: {
    status: 503,
    description: "This process has too little memory left for further requests. Nothing was done; try again.",
    headers: { "retry-after": "5" }
  },
  SignInOff: {
    status: 404,
    description: "This app has no such way to sign in: `GET /session` says how it authenticates."
  },
  CrossSiteRequest: {
    status: 403,
    description:
      "A page of another site sent this request; only pages of this server may. A program sends no Origin and no Sec-Fetch-Site header."
  },
  HostNotAllowed: {
    status: 421,
    description:
      "The server does not serve that host name. It serves loopback, the HOST it listens on, and the hosts in ALLOWED_HOSTS.",
    fields: { host: Schema.String }
  }
} as const
