import type { Problem } from "../../api/httpClient.ts"
import { problemText } from "./problemText.ts"

/** The outcome of a command: done (`good`), nothing to do (`info`), or not done (`no`). */
export type Message =
  | { readonly tone: "good" | "info"; readonly text: string }
  | { readonly tone: "no"; readonly problem: Problem }

const Failed = ({ problem }: { readonly problem: Problem }) => {
  const { title, detail } = problemText(problem)
  return (
    <>
      <b>{title}.</b> {detail}
    </>
  )
}

export const Notice = ({ message }: { readonly message: Message | undefined }) => (
  <div class="notice-place" role="status">
    {message && (
      <p class={`notice ${message.tone}`}>
        {message.tone === "no" ? <Failed problem={message.problem} /> : message.text}
      </p>
    )}
  </div>
)
