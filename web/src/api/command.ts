import { signal } from "@preact/signals"
import type { Receipt } from "../../../src/layers/commands/Receipt.ts"
import { type Answer, call, type Problem } from "./http.ts"

/** Where the ids of commands are kept whose outcome is not known: for this tab, over a reload. */
const storageKey = "commands"

/** The server answers within 15 s. */
const requestTimeoutMillis = 20_000

/** Ids by what was asked. */
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
    // A browser that stores nothing knows them until the page is loaded again.
  }
}

const nameOf = (path: string, data: unknown) => `${path} ${JSON.stringify(data)}`

/** `crypto.randomUUID` is only there on loopback and behind TLS. */
const freshId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")

/** Errors of the server's after which this request has certainly done nothing. */
const nothingDoneCodes = new Set([
  "LogFull",
  "LogDamaged",
  "Contended",
  "FactUnreadable",
  "TooManyRefusals",
  "InvalidDecision",
  "WriteRejected",
  "Starting"
])

const isUnknown = ({ code, status }: Problem) =>
  !nothingDoneCodes.has(code) && (status === 0 || status === 408 || status === 425 || status === 429 || status >= 500)

/** What to say of a command that was sent, and of which nobody knows what became of it. */
export const unknownOutcome: Problem = {
  status: 0,
  code: "OutcomeUnknown",
  title: "It is not known whether this was done",
  detail: "No answer came, or none that says so. Ask again to find out: it is done once, however often you ask."
}

/** Whether these very commands were sent, and their outcome is not known. */
export const isPending = (path: string, data: unknown): boolean => Object.hasOwn(pendingIds.value, nameOf(path, data))

const send = <A>(path: string, data: unknown, id: string) =>
  call<A>(path, {
    method: "PUT",
    headers: { "content-type": "application/json", "idempotency-key": id },
    body: JSON.stringify({ data }),
    signal: AbortSignal.timeout(requestTimeoutMillis)
  })

/** What a command would do. */
export const dryRun = <A>(path: string, data: unknown): Promise<Answer<A>> =>
  send<A>(`${path}?dryRun=true`, data, freshId())

/**
 * Asks for a command. Its id is kept until the outcome is known: who asks for the same again, also after a reload, asks
 * under the same id, under which it is done once. What is asked for with another input is another command.
 */
export const command = async (path: string, data: unknown): Promise<Answer<Receipt>> => {
  const name = nameOf(path, data)
  const before = loadIds()[name] ?? pendingIds.value[name]
  const id = before ?? freshId()
  // Before it is sent: the page may be gone before the answer comes.
  saveIds({ ...pendingIds.value, [name]: id })
  const answer = await send<Receipt>(path, data, id)
  if (!answer.ok && isUnknown(answer.problem)) return { ok: false, problem: unknownOutcome }
  const { [name]: _, ...others } = pendingIds.value
  // An earlier request of the same id may still be on its way when this one is turned away.
  const mayBeDone = before !== undefined && !answer.ok && nothingDoneCodes.has(answer.problem.code)
  if (!mayBeDone) saveIds(others)
  return answer
}
