import type { ActionResult } from "./deadLetterApi.ts"
import { call } from "./httpClient.ts"

/** Declares the position of an undecodable message void. */
export const voidPosition = async (position: number, reason: object): Promise<ActionResult> => {
  const answer = await call<{ readonly deadLetters: number | null }>(`/operations/void/${position}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(reason)
  })
  return answer.ok ? { isOk: true, text: "Void." } : { isOk: false, text: answer.problem.detail }
}
