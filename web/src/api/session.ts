import { computed, signal } from "@preact/signals"
import type { Session } from "../../../src/layers/contract/sessionSchema.ts"
import { call } from "./httpClient.ts"

export type { Session }
export type SessionCaller = NonNullable<Session["caller"]>

/** The role that may open every page and reads everything. */
const operatorRole = "Operator"

/** How the app authenticates, and who uses this page; undefined until the server has answered. */
export const session = signal<Session>()

/** Whether the user of this page may open the pages of operators; undefined until that is known. */
export const isOperator = computed(() => {
  if (!session.value) return undefined
  const { authentication, caller } = session.value
  return authentication === "none" || (caller?.roles.includes(operatorRole) ?? false)
})

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

const retryMillis = 2_000

/** What a page may depend on. A new token of the same user is no other user. */
const identityOf = ({ caller }: Session) => JSON.stringify([caller?.subject, caller?.roles, caller?.claims])

const load = async (): Promise<void> => {
  const answer = await call<Session>("/session")
  if (!answer.ok) {
    if (!session.value) setTimeout(load, retryMillis)
    return
  }
  // All that the page shows is for who opened it.
  if (session.value && identityOf(session.value) !== identityOf(answer.body)) return location.reload()
  session.value = answer.body
}

/** Reads the session, and again when the page is shown: another tab may have signed in as another user. */
export const followSession = (): void => {
  void load()
  document.addEventListener("visibilitychange", () => document.hidden || void load())
}
