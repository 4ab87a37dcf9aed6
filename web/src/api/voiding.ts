import { call } from "./http.ts"
import type { Told } from "./parked.ts"

/** Declares a position void that the board cannot read. */
export const voidPosition = async (position: number, why: object): Promise<Told> => {
  const answer = await call<{ readonly deadLetters: number | null }>(`/operations/void/${position}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(why)
  })
  return answer.ok ? { good: true, text: "Void." } : { good: false, text: answer.problem.detail }
}
