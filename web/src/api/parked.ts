import { signal } from "@preact/signals"
import type { Operations } from "../../../src/layers/contract/operationsSchema.ts"
import type { Parked } from "../../../src/layers/deadLetters/DeadLetters.ts"
import { call, type Problem } from "./http.ts"

export type { Parked }

/** What views and automations could not take, as last heard. */
export const parked = signal<ReadonlyArray<Parked>>([])

/** How many are parked; null: not known. */
export const parkedIn = ({ automations, views }: Operations): number | null =>
  [...Object.values(automations), ...Object.values(views)].reduce<number | null>(
    (sum, { parked }) => (sum === null || parked === null ? null : sum + parked),
    0
  )

const ask = async () => {
  const answer = await call<{ readonly parked: ReadonlyArray<Parked> }>("/operations/parked")
  if (answer.ok) parked.value = answer.body.parked
}

/** Keeps the list as the counts say it is, where they say something; where nothing is parked, nothing is asked. */
export const followParked = async (operations: Operations): Promise<void> => {
  const count = parkedIn(operations)
  if (count === null) return
  if (count > 0) await ask()
  else if (parked.value.length > 0) parked.value = []
}

/** What became of taking something again. */
export interface Told {
  readonly good: boolean
  readonly text: string
}

/** Says what went wrong with the asking itself. */
export type Words = (problem: Problem) => string

/** Why it is still stuck stands in the list. */
const refusal = (id: string, problem: Problem & { readonly id?: string }, words: Words): string => {
  const { code, id: stuck } = problem
  if (code === "NotParked") return "It is not parked any more: somebody took or dismissed it before."
  if (code !== "StillStuck") return words(problem)
  return stuck === id ? "It still cannot be taken." : "An earlier one of its place still cannot be taken."
}

const posted = async <A>(id: string, what: "retry" | "dismiss", body?: object) => {
  const answer = await call<A>(`/operations/parked/${encodeURIComponent(id)}/${what}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) })
  })
  await ask()
  return answer
}

/** Gives it up for good; what waits behind it is taken. */
export const dismiss = async (id: string, why: object, words: Words): Promise<Told> => {
  const answer = await posted<{ readonly taken: number | null }>(id, "dismiss", why)
  if (!answer.ok) return { good: false, text: refusal(id, answer.problem, words) }
  const { taken } = answer.body
  if (taken === null) return { good: true, text: "Dismissed. What waited behind it is being taken." }
  return { good: true, text: taken === 0 ? "Dismissed." : `Dismissed, and ${taken} more of its place taken.` }
}

export const takeAgain = async (id: string, words: Words): Promise<Told> => {
  const answer = await posted<{ readonly retried: number | null }>(id, "retry")
  if (!answer.ok) return { good: false, text: refusal(id, answer.problem, words) }
  const { retried } = answer.body
  if (retried === null) return { good: true, text: "This takes a while, and goes on. What is done leaves the list." }
  return { good: true, text: retried === 1 ? "Taken." : `Taken, and ${retried - 1} more of its place.` }
}
