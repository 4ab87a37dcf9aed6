import type { ComponentChildren } from "preact"
import { advice, type Problem } from "../api/httpClient.ts"
import { outage } from "../api/serverEvents.ts"

const statusTexts = {
  connecting: "connecting…",
  live: "live",
  lost: "connection lost, trying again…",
  back: "back, nothing was missed"
}

interface Props {
  readonly status: keyof typeof statusTexts
  /** A problem to show instead of the status, although the connection itself may work. */
  readonly issue?: string | undefined
  readonly children?: ComponentChildren
}

/** A short text for the reason of a lost feed. */
const shortReason = ({ code, status, title }: Problem): string => {
  if (code === "Offline") return "offline, trying again…"
  if (status === 0) return statusTexts.lost
  if (status === 404) return "no events at this address (404), trying again…"
  return status === 429 || status === 503
    ? `${title} (${status}), trying again…`
    : `server error (${status}), trying again…`
}

/** The problem, its cause, and what to do about it. */
export const Outage = ({ problem }: { readonly problem: Problem | undefined }) =>
  problem === undefined ? null : (
    <p class="outage" role="status">
      <b>{problem.title}.</b> {problem.detail} {advice(problem)}
    </p>
  )

/** Whether the page is live. */
export const Connection = ({ issue, children, status }: Props) => (
  <span class={`connection ${issue === undefined ? status : "lost"}`} role="status">
    {issue ?? (status === "lost" && outage.value ? shortReason(outage.value) : statusTexts[status])}
    {children}
  </span>
)
