import type { Problem } from "../../api/http.ts"
import { wordsOf } from "./words.ts"

/** What became of what somebody asked for: done, or nothing to do, or not done. */
export type Said =
  | { readonly tone: "good" | "info"; readonly text: string }
  | { readonly tone: "no"; readonly problem: Problem }

const Failed = ({ problem }: { readonly problem: Problem }) => {
  const { title, detail } = wordsOf(problem)
  return (
    <>
      <b>{title}.</b> {detail}
    </>
  )
}

export const Notice = ({ said }: { readonly said: Said | undefined }) => (
  <div class="notice-place" role="status">
    {said && <p class={`notice ${said.tone}`}>{said.tone === "no" ? <Failed problem={said.problem} /> : said.text}</p>}
  </div>
)
