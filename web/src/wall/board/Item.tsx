import type { ComponentChildren } from "preact"
import { focused, matchingIds, tabStop } from "../view.ts"
import { type Subject, subject } from "../wallState.ts"

interface Props {
  readonly id: string
  readonly kind: string
  readonly label: string
  readonly opens: Subject
  readonly children: ComponentChildren
}

/** Whether two subjects are the same; a note may be drawn in several columns. */
const isSame = (a: Subject | undefined, b: Subject) => {
  if (a?.kind !== b.kind) return false
  if (a.kind === "screen" || !("name" in a) || !("name" in b)) return JSON.stringify(a) === JSON.stringify(b)
  return a.name === b.name
}

/** An item of the wall that opens with the pointer and with the keyboard. */
export const Item = ({ id, kind, label, opens, children }: Props) => {
  const open = () => {
    focused.value = id
    subject.value = opens
  }
  // If the search finds only rows and events, nothing on the wall is dimmed.
  const dim = matchingIds.value !== undefined && matchingIds.value.size > 0 && !matchingIds.value.has(id)
  return (
    <g
      class={`item ${kind}${dim ? " dim" : ""}${isSame(subject.value, opens) ? " open" : ""}`}
      data-id={id}
      role="button"
      tabindex={tabStop.value === id ? 0 : -1}
      aria-label={label}
      onClick={open}
      onFocus={() => {
        focused.value = id
      }}
    >
      {/* The label has the full text, which the drawing may shorten. */}
      <g aria-hidden="true">{children}</g>
    </g>
  )
}
