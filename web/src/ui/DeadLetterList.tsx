import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import {
  dismissDeadLetter,
  type Parked,
  retryDeadLetter,
  type ActionResult,
  type ProblemFormatter
} from "../api/deadLetterApi.ts"
import { Dated, Moment } from "./Dated.tsx"
import { count, plural } from "./format.ts"
import { Pager } from "./Pager.tsx"
import { ReasonForm, type Reason } from "./ReasonForm.tsx"

interface Props {
  readonly deadLetters: ReadonlyArray<Parked>
  /** Opens the fact, wherever this page shows facts. */
  readonly link: (position: number, words: string) => ComponentChildren
  /** Who could not take it, where that is not said already. */
  readonly nameOf?: ((by: string) => string) | undefined
  /** How this page says what went wrong; else the server's words are shown. */
  readonly formatProblem?: ProblemFormatter
  /** Whether it can be dismissed here. */
  readonly dismissable?: boolean
}

const pageSize = 50

const Item = ({
  item: { attempts, behind, by, place, position, reason, since, type },
  link,
  nameOf,
  busy,
  told: result,
  onTake: onRetry,
  onDismiss
}: Pick<Props, "link" | "nameOf" | "dismissable"> & {
  readonly item: Parked
  readonly busy: boolean
  readonly told: ActionResult | undefined
  readonly onTake: () => void
  readonly onDismiss: ((why: Reason) => Promise<ActionResult>) | undefined
}) => (
  <li>
    <p>
      <b>{type}</b> {link(position, `position ${count(position)}`)}
    </p>
    <p class={behind ? "" : "bad"}>{behind ? "Waits for an earlier one of its place." : <Dated text={reason} />}</p>
    <p class="muted">
      {nameOf && `${nameOf(by)} · `}
      {attempts > 0 && `tried ${plural(attempts, "time")} · `}
      since <Moment time={since} />
      {" · "}
      <span class="code">
        <Dated text={place} />
      </span>
    </p>
    <button
      type="button"
      class="small"
      aria-disabled={busy}
      aria-label={`take again: ${type} at position ${position}`}
      onClick={onRetry}
    >
      {busy ? "…" : "take again"}
    </button>
    <span class={result && !result.isOk ? "told bad" : "told"} role="status">
      {result?.text}
    </span>
    {onDismiss && (
      <ReasonForm act="dismiss" of={`${type} at position ${position}`} send={onDismiss}>
        {`${type} at position ${position} is given up: what could not take it passes over it from now on, and goes on with what waits behind it. The event stays in the log. Who did this, and why, stands in the audit.`}
      </ReasonForm>
    )}
  </li>
)

/** What could not be taken: each with why, and a way to have it taken again. */
export const DeadLetterList = ({
  dismissable = false,
  deadLetters,
  link,
  nameOf,
  formatProblem = ({ detail }) => detail
}: Props) => {
  const [begin, setBegin] = useState(0)
  const lastPage = Math.max(0, Math.ceil(deadLetters.length / pageSize) - 1) * pageSize
  const from = Math.min(begin, lastPage)
  const [busy, setBusy] = useState<string>()
  const [last, setLast] = useState<{ readonly item: Parked; readonly told: ActionResult }>()
  const retry = async (item: Parked) => {
    if (busy !== undefined) return
    setBusy(item.id)
    const result = await retryDeadLetter(item.id, formatProblem)
    setBusy(undefined)
    setLast({ item, told: result })
  }
  const dismissItem = async (item: Parked, why: Reason) => {
    const result = await dismissDeadLetter(item.id, why, formatProblem)
    if (result.isOk) setLast({ item, told: result })
    return result
  }
  /** Only the first of an event stream can be dismissed. */
  const isFirst = ({ by, id, place }: Parked) =>
    deadLetters.find((each) => each.by === by && each.place === place)?.id === id
  // What was taken is not in the list any more, and neither is the place for the answer.
  const removed = last && deadLetters.every(({ id }) => id !== last.item.id) ? last : undefined
  return (
    <div class="parked-work">
      <p class={removed && !removed.told.isOk ? "told bad" : "told"} role="status">
        {removed && `${removed.item.type}, position ${count(removed.item.position)}: ${removed.told.text}`}
      </p>
      <ol>
        {deadLetters.slice(from, from + pageSize).map((item) => (
          <Item
            key={item.id}
            item={item}
            link={link}
            nameOf={nameOf}
            busy={busy === item.id}
            told={last?.item.id === item.id ? last.told : undefined}
            onTake={() => void retry(item)}
            onDismiss={dismissable && isFirst(item) ? (why) => dismissItem(item, why) : undefined}
          />
        ))}
      </ol>
      <Pager what="items" from={from} size={pageSize} all={deadLetters.length} onTurn={setBegin} />
    </div>
  )
}
