import { signal } from "@preact/signals"
import type { Session } from "../../../src/layers/contract/sessionSchema.ts"

export type { Session }
export type SessionCaller = NonNullable<Session["caller"]>

/** How the app authenticates, and who uses this page; undefined until the server has answered. */
export const session = signal<Session>()

const listFormat = new Intl.ListFormat("en")

/** Who a caller is, in short: roles of the board, and the claims that these need (`Guest, client 7`); else the subject. */
export const callerName = ({ roles: known }: Session, { claims, roles, subject }: SessionCaller): string => {
  const own = known.filter(({ name }) => roles.includes(name))
  if (own.length === 0) return subject
  const needed = new Set(own.flatMap((role) => role.claims).filter((name) => claims[name] !== undefined))
  return [
    listFormat.format(own.map(({ name }) => name)),
    ...Array.from(needed, (name) => `${name} ${claims[name]}`)
  ].join(", ")
}
