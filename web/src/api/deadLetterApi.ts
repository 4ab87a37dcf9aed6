import { signal } from "@preact/signals"
import type { Operations } from "../../../src/layers/contract/operationsSchema.ts"
import type { DeadLetter } from "../../../src/layers/deadLetters/DeadLetters.ts"
import { call, type Problem } from "./httpClient.ts"

export type { DeadLetter }

/** The dead letters of views and automations, as last received. */
export const deadLetters = signal<ReadonlyArray<DeadLetter>>([])

/** The number of dead letters; null if not known. */
export const countDeadLetters = ({ automations, views }: Operations): number | null =>
  [...Object.values(automations), ...Object.values(views)].reduce<number | null>(
    (sum, { parked }) => (sum === null || parked === null ? null : sum + parked),
    0
  )

const loadDeadLetters = async () => {
  const answer = await call<{ readonly parked: ReadonlyArray<DeadLetter> }>("/operations/parked")
  if (answer.ok) deadLetters.value = answer.body.parked
}

/** Reloads the list if the counts are known and not 0; without dead letters there is no request. */
export const refreshDeadLetters = async (operations: Operations): Promise<void> => {
  const count = countDeadLetters(operations)
  if (count === null) return
  if (count > 0) await loadDeadLetters()
  else if (deadLetters.value.length > 0) deadLetters.value = []
}

/** The result of a retry, a dismissal or a void. */
export interface ActionResult {
  readonly isOk: boolean
  readonly text: string
}

/** Formats a problem of the request itself. */
export type ProblemFormatter = (problem: Problem) => string

/** The list shows why the dead letter still fails. */
const failureText = (
  id: string,
  problem: Problem & { readonly id?: string },
  formatProblem: ProblemFormatter
): string => {
  const { code, id: blockedId } = problem
  if (code === "NotParked") return "It is not a dead letter any more: it was retried or dismissed before."
  if (code !== "StillStuck") return formatProblem(problem)
  return blockedId === id
    ? "It still cannot be processed."
    : "An earlier event of its event stream still cannot be processed."
}

const postAction = async <A>(id: string, what: "retry" | "dismiss", body?: object) => {
  const answer = await call<A>(`/operations/parked/${encodeURIComponent(id)}/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) })
  })
  await loadDeadLetters()
  return answer
}

/** Skips a dead letter for good; the events blocked behind it are processed. */
export const dismissDeadLetter = async (
  id: string,
  reason: object,
  formatProblem: ProblemFormatter
): Promise<ActionResult> => {
  const answer = await postAction<{ readonly taken: number | null }>(id, "dismiss", reason)
  if (!answer.ok) return { isOk: false, text: failureText(id, answer.problem, formatProblem) }
  const { taken } = answer.body
  if (taken === null) return { isOk: true, text: "Dismissed. The events blocked behind it are being processed." }
  return {
    isOk: true,
    text: taken === 0 ? "Dismissed." : `Dismissed, and ${taken} more of its event stream processed.`
  }
}

export const retryDeadLetter = async (id: string, formatProblem: ProblemFormatter): Promise<ActionResult> => {
  const answer = await postAction<{ readonly retried: number | null }>(id, "retry")
  if (!answer.ok) return { isOk: false, text: failureText(id, answer.problem, formatProblem) }
  const { retried } = answer.body
  if (retried === null) return { isOk: true, text: "This takes a while, and goes on. Processed events leave the list." }
  return { isOk: true, text: retried === 1 ? "Processed." : `Processed, and ${retried - 1} more of its event stream.` }
}
