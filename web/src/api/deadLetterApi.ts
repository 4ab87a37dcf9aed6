import { signal } from "@preact/signals"
import type { Operations } from "../../../src/layers/contract/operationsSchema.ts"
import type { Parked } from "../../../src/layers/deadLetters/DeadLetters.ts"
import { call, type Problem } from "./http.ts"

export type { Parked }

/** What views and automations could not take, as last heard. */
export const deadLetters = signal<ReadonlyArray<Parked>>([])

/** How many are parked; null: not known. */
export const countDeadLetters = ({ automations, views }: Operations): number | null =>
  [...Object.values(automations), ...Object.values(views)].reduce<number | null>(
    (sum, { parked }) => (sum === null || parked === null ? null : sum + parked),
    0
  )

const loadDeadLetters = async () => {
  const answer = await call<{ readonly parked: ReadonlyArray<Parked> }>("/operations/parked")
  if (answer.ok) deadLetters.value = answer.body.parked
}

/** Keeps the list as the counts say it is, where they say something; where nothing is parked, nothing is asked. */
export const refreshDeadLetters = async (operations: Operations): Promise<void> => {
  const count = countDeadLetters(operations)
  if (count === null) return
  if (count > 0) await loadDeadLetters()
  else if (deadLetters.value.length > 0) deadLetters.value = []
}

/** What became of taking something again. */
export interface ActionResult {
  readonly isOk: boolean
  readonly text: string
}

/** Says what went wrong with the asking itself. */
export type ProblemFormatter = (problem: Problem) => string

/** Why it is still stuck stands in the list. */
const failureText = (
  id: string,
  problem: Problem & { readonly id?: string },
  formatProblem: ProblemFormatter
): string => {
  const { code, id: blockedId } = problem
  if (code === "NotParked") return "It is not parked any more: somebody took or dismissed it before."
  if (code !== "StillStuck") return formatProblem(problem)
  return blockedId === id ? "It still cannot be taken." : "An earlier one of its place still cannot be taken."
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

/** Gives it up for good; what waits behind it is taken. */
export const dismissDeadLetter = async (
  id: string,
  reason: object,
  formatProblem: ProblemFormatter
): Promise<ActionResult> => {
  const answer = await postAction<{ readonly taken: number | null }>(id, "dismiss", reason)
  if (!answer.ok) return { isOk: false, text: failureText(id, answer.problem, formatProblem) }
  const { taken } = answer.body
  if (taken === null) return { isOk: true, text: "Dismissed. What waited behind it is being taken." }
  return { isOk: true, text: taken === 0 ? "Dismissed." : `Dismissed, and ${taken} more of its place taken.` }
}

export const retryDeadLetter = async (id: string, formatProblem: ProblemFormatter): Promise<ActionResult> => {
  const answer = await postAction<{ readonly retried: number | null }>(id, "retry")
  if (!answer.ok) return { isOk: false, text: failureText(id, answer.problem, formatProblem) }
  const { retried } = answer.body
  if (retried === null) return { isOk: true, text: "This takes a while, and goes on. What is done leaves the list." }
  return { isOk: true, text: retried === 1 ? "Taken." : `Taken, and ${retried - 1} more of its place.` }
}
