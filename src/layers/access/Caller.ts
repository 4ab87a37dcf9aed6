import { Context } from "effect"
import type { Actor } from "#domain/model/index.ts"
import { operatorRole } from "./Access.ts"

/** An authenticated caller: what a valid token says. */
export interface Caller {
  /** Identifies the person or program at the issuer: `sub`. */
  readonly subject: string
  /** Names of actors of the board, or of the operator's role; others mean nothing here. */
  readonly roles: ReadonlySet<string>
  /** Further claims whose value is a text, a number or a boolean, as text. */
  readonly claims: Readonly<Record<string, string>>
  /** When the token expires, in milliseconds since 1970. */
  readonly expiresAtMillis: number
}

/** The authenticated caller of a request. Undefined where the app does not authenticate, or a route is for everyone. */
export const CurrentCaller = Context.Reference<Caller | undefined>("layers/CurrentCaller", {
  defaultValue: () => undefined
})

export const isOperator = ({ roles }: Caller): boolean => roles.has(operatorRole)

/** The caller as the first of these roles that they have. */
export const identityAs = ({ claims, roles }: Caller, names: ReadonlyArray<string>): Actor.Identity | undefined => {
  const name = names.find((each) => roles.has(each))
  return name === undefined ? undefined : { name, claims }
}
