import type { ComponentChildren } from "preact"
import { advice, type Problem } from "../api/http.ts"
import { outage } from "../api/serverEvents.ts"

const statusTexts = {
  connecting: "connecting…",
  live: "live",
  lost: "connection lost, trying again…",
  back: "back, nothing was missed"
}

interface Props {
  readonly status: keyof typeof statusTexts
  /** What is amiss, in its own words, though the connection itself may stand. */
  readonly issue?: string | undefined
  readonly children?: ComponentChildren
}

/** Why the stream is lost, in short. */
const shortReason = ({ code, status, title }: Problem): string => {
  if (code === "Offline") return "offline, trying again…"
  if (status === 0) return statusTexts.lost
  if (status === 404) return "no events at this address (404), trying again…"
  return status === 429 || status === 503
    ? `${title} (${status}), trying again…`
    : `server error (${status}), trying again…`
}

/** What the server did not answer, why, and what to do about it. */
export const Outage = ({ problem }: { readonly problem: Problem | undefined }) =>
  problem === undefined ? null : (
    <p class="outage" role="status">
      <b>{problem.title}.</b> {problem.detail} {advice(problem)}
    </p>
  )

/** Whether what is shown is so now. */
export const Connection = ({ issue, children, status }: Props) => (
  <span class={`connection ${issue === undefined ? status : "lost"}`} role="status">
    {issue ?? (status === "lost" && outage.value ? shortReason(outage.value) : statusTexts[status])}
    {children}
  </span>
)
