import type { Access } from "#layers/access/Access.ts"
import { isProbe } from "#layers/http/checks/admission.ts"
import { problems, type ProblemType } from "#layers/http/problems/problemTypes.ts"

/** The problems that a route has before its handler runs: probes have none, and others some where the app authenticates. */
export const problemsOfAccess = (access: Access, path: string): ReadonlyArray<ProblemType> => [
  ...(isProbe(path) ? [] : [problems.TooManyRequests, problems.Overloaded]),
  ...(access === "everyone" ? [] : [problems.NotAuthenticated, problems.NotPermitted, problems.TokensUncheckable])
]

/** The ways to authenticate, as the API describes them. */
const securitySchemes = {
  token: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "A token of the app's issuer" },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-session",
    description: "The cookie of a browser that signed in"
  }
}

/** Adds the ways to authenticate to a generated document. */
export const addSecuritySchemes = (document: Record<string, any>): Record<string, any> => ({
  ...document,
  components: { ...document["components"], securitySchemes }
})

const rolesText = (access: Access): string =>
  typeof access === "string" ? "any" : access.map((role) => `\`${role}\``).join(", ")

/** Adds to a generated operation who may use it. */
export const accessOperation =
  (access: Access) =>
  (operation: Record<string, any>): Record<string, any> =>
    access === "everyone"
      ? { ...operation, security: [] }
      : {
          ...operation,
          description: [operation["description"], `Roles: ${rolesText(access)}.`].filter(Boolean).join("\n\n"),
          security: [{ token: [] }, { session: [] }]
        }
