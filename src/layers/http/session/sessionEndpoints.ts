import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import type { Board } from "#domain/model/index.ts"
import { boardRoles } from "#layers/access/boardRoles.ts"
import { maxTokenLength } from "#layers/access/tokenAuthenticator.ts"
import { Session } from "#layers/contract/sessionSchema.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { describedString } from "#layers/http/request/endpointSchemas.ts"

const cookieHeader = {
  "set-cookie": describedString("The session: `__Host-session`, only for this server and no script")
}

const signedIn = HttpApiSchema.WithHeaders(Session, cookieHeader)

export const sessionEndpoint = declareEndpoint({
  name: "session",
  method: "GET",
  path: "/session",
  access: "everyone",
  summary: "How the app authenticates, and who calls it",
  success: Session,
  problemTypes: [problems.TokensUncheckable]
})

export const signInEndpoint = declareEndpoint({
  name: "signIn",
  method: "POST",
  path: "/session",
  access: "everyone",
  summary: "Sign a browser in with a token: it gets a cookie that is valid as long as the token",
  payload: Schema.Struct({
    token: Schema.String.check(Schema.isMaxLength(maxTokenLength)).annotate({ description: "A token of the issuer" })
  }).annotate({ identifier: "SignIn" }),
  success: signedIn,
  problemTypes: [problems.NotAuthenticated, problems.SignInOff, problems.TokensUncheckable]
})

const shortText = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(128))
const maxClaims = 8

export const developmentSignInEndpoint = (board: Board.Any) =>
  declareEndpoint({
    name: "signInForDevelopment",
    method: "POST",
    path: "/session/development",
    access: "everyone",
    summary: "Sign a browser in as anyone, where the app issues tokens for development (AUTH=development)",
    payload: Schema.Struct({
      role: Schema.Literals(boardRoles(board).map(({ name }) => name)).annotate({
        description: "An actor of the board, or `Operator`"
      }),
      claims: Schema.optionalKey(
        Schema.Record(shortText, shortText).check(Schema.isMaxProperties(maxClaims)).annotate({
          description: "What the token proves besides the role, such as `client`"
        })
      )
    }).annotate({ identifier: "DevelopmentSignIn" }),
    success: signedIn,
    problemTypes: [problems.SignInOff]
  })

export const signOutEndpoint = declareEndpoint({
  name: "signOut",
  method: "POST",
  path: "/session/end",
  access: "everyone",
  summary: "Sign a browser out: its cookie is removed",
  success: HttpApiSchema.WithHeaders(HttpApiSchema.Empty(204), cookieHeader),
  problemTypes: []
})

export const sessionEndpoints = (board: Board.Any) => [
  sessionEndpoint,
  signInEndpoint,
  developmentSignInEndpoint(board),
  signOutEndpoint
]
