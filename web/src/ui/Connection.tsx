import type { ComponentChildren } from "preact"

const words = {
  connecting: "connecting…",
  live: "live",
  lost: "connection lost, trying again…",
  back: "back, nothing was missed"
}

interface Props {
  readonly status: keyof typeof words
  /** What is amiss, in its own words, though the connection itself may stand. */
  readonly amiss?: string | undefined
  readonly children?: ComponentChildren
}

/** Whether what is shown is so now. */
export const Connection = ({ amiss, children, status }: Props) => (
  <span class={`connection ${amiss === undefined ? status : "lost"}`} role="status">
    {amiss ?? words[status]}
    {children}
  </span>
)
