import { signal } from "@preact/signals"
import type { Receipt } from "../../../src/layers/commands/Receipt.ts"
import { type Answer, call, type Problem } from "./httpClient.ts"

/** The `sessionStorage` key of the ids of commands with an unknown outcome: one tab, across reloads. */
const storageKey = "commands"

/** The server answers within 15 s. */
const requestTimeoutMillis = 20_000

/** Command ids by path and data. */
type Ids = Readonly<Record<string, string>>

const loadIds = (): Ids => {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey) ?? "{}") as Ids
  } catch {
    return {}
  }
}

const pendingIds = signal<Ids>(loadIds())

const saveIds = (ids: Ids) => {
  pendingIds.value = ids
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(ids))
  } catch {
    // Without storage the ids are lost on a reload.
  }
}

const nameOf = (path: string, data: unknown) => `${path} ${JSON.stringify(data)}`

/** `crypto.randomUUID` exists only on loopback and behind TLS. */
const freshId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")

/** Codes of server errors that guarantee that the request had no effect. */
const nothingDoneCodes = new Set([
  "LogFull",
  "LogDamaged",
  "Contended",
  "FactUnreadable",
  "TooManyRefusals",
  "InvalidDecision",
  "WriteRejected",
  "NotAuthenticated",
  "TokensUncheckable",
  "Starting"
])

const isUnknown = ({ code, status }: Problem) =>
  !nothingDoneCodes.has(code) && (status === 0 || status === 408 || status === 425 || status === 429 || status >= 500)

/** The problem shown for a command that was sent and whose outcome is unknown. */
export const unknownOutcome: Problem = {
  status: 0,
  code: "OutcomeUnknown",
  title: "It is not known whether this was done",
  detail: "No answer came, or none that says so. Send it again to find out: it is done once, however often you send it."
}

/** Whether a command with this data was sent and its outcome is unknown. */
export const isPending = (path: string, data: unknown): boolean => Object.hasOwn(pendingIds.value, nameOf(path, data))

/** The data of the commands of this path that were sent and whose outcome is unknown. */
export const pendingData = <A>(path: string): ReadonlyArray<A> =>
  Object.keys(pendingIds.value).flatMap((name) =>
    name.startsWith(`${path} `) ? [JSON.parse(name.slice(path.length + 1)) as A] : []
  )

const send = <A>(path: string, data: unknown, id: string) =>
  call<A>(path, {
    method: "PUT",
    headers: { "content-type": "application/json", "idempotency-key": id },
    body: JSON.stringify({ data }),
    signal: AbortSignal.timeout(requestTimeoutMillis)
  })

/** Executes a command as a dry run: nothing is appended. */
export const dryRun = <A>(path: string, data: unknown): Promise<Answer<A>> =>
  send<A>(`${path}?dryRun=true`, data, freshId())

/**
 * Sends a command. Its id is kept until the outcome is known: the same command sent again, also after a reload, has the
 * same id, so that it is executed once. A command with other data is another command.
 */
export const command = async (path: string, data: unknown): Promise<Answer<Receipt>> => {
  const name = nameOf(path, data)
  const before = loadIds()[name] ?? pendingIds.value[name]
  const id = before ?? freshId()
  // Saved before it is sent: the page may be closed before the answer arrives.
  saveIds({ ...pendingIds.value, [name]: id })
  const answer = await send<Receipt>(path, data, id)
  if (!answer.ok && isUnknown(answer.problem)) return { ok: false, problem: unknownOutcome }
  const { [name]: _, ...others } = pendingIds.value
  // An earlier request with the same id may still take effect after this one has failed.
  const mayBeDone = before !== undefined && !answer.ok && nothingDoneCodes.has(answer.problem.code)
  if (!mayBeDone) saveIds(others)
  return answer
}
