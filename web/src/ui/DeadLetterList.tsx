import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import {
  dismissDeadLetter,
  type DeadLetter,
  retryDeadLetter,
  type ActionResult,
  type ProblemFormatter
} from "../api/deadLetterApi.ts"
import { Dated, Moment } from "./Dated.tsx"
import { count, plural } from "./format.ts"
import { Pager } from "./Pager.tsx"
import { ReasonForm, type Reason } from "./ReasonForm.tsx"

interface Props {
  readonly deadLetters: ReadonlyArray<DeadLetter>
  /** A link to the event, in the form that this page uses. */
  readonly link: (position: number, words: string) => ComponentChildren
  /** The display name of the view or automation, unless the page shows it already. */
  readonly nameOf?: ((by: string) => string) | undefined
  /** The text of a problem; default: the server's detail. */
  readonly formatProblem?: ProblemFormatter
  /** Whether dead letters can be dismissed here. Default: false. */
  readonly dismissable?: boolean
}

const pageSize = 50

const Item = ({
  item: { attempts, behind, by, place, position, reason, since, type },
  link,
  nameOf,
  busy,
  result,
  onRetry,
  onDismiss
}: Pick<Props, "link" | "nameOf" | "dismissable"> & {
  readonly item: DeadLetter
  readonly busy: boolean
  readonly result: ActionResult | undefined
  readonly onRetry: () => void
  readonly onDismiss: ((why: Reason) => Promise<ActionResult>) | undefined
}) => (
  <li>
    <p>
      <b>{type}</b> {link(position, `position ${count(position)}`)}
    </p>
    <p class={behind ? "" : "bad"}>
      {behind ? "Blocked by an earlier event of its event stream." : <Dated text={reason} />}
    </p>
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
      aria-label={`retry: ${type} at position ${position}`}
      onClick={onRetry}
    >
      {busy ? "…" : "retry"}
    </button>
    <span class={result && !result.isOk ? "told bad" : "told"} role="status">
      {result?.text}
    </span>
    {onDismiss && (
      <ReasonForm act="dismiss" of={`${type} at position ${position}`} send={onDismiss}>
        {`${type} at position ${position} is skipped from now on by the view or automation that could not process it, which goes on with the events blocked behind it. The event stays in the log. The audit records who dismissed it, and why.`}
      </ReasonForm>
    )}
  </li>
)

/** Dead letters, each with its reason and a button to retry it. */
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
  const [last, setLast] = useState<{ readonly item: DeadLetter; readonly result: ActionResult }>()
  const retry = async (item: DeadLetter) => {
    if (busy !== undefined) return
    setBusy(item.id)
    const result = await retryDeadLetter(item.id, formatProblem)
    setBusy(undefined)
    setLast({ item, result })
  }
  const dismissItem = async (item: DeadLetter, why: Reason) => {
    const result = await dismissDeadLetter(item.id, why, formatProblem)
    if (result.isOk) setLast({ item, result })
    return result
  }
  /** Only the first dead letter of an event stream can be dismissed. */
  const isFirst = ({ by, id, place }: DeadLetter) =>
    deadLetters.find((each) => each.by === by && each.place === place)?.id === id
  // A processed item has left the list, so its result is shown above the list.
  const removed = last && deadLetters.every(({ id }) => id !== last.item.id) ? last : undefined
  return (
    <div class="parked-work">
      <p class={removed && !removed.result.isOk ? "told bad" : "told"} role="status">
        {removed && `${removed.item.type}, position ${count(removed.item.position)}: ${removed.result.text}`}
      </p>
      <ol>
        {deadLetters.slice(from, from + pageSize).map((item) => (
          <Item
            key={item.id}
            item={item}
            link={link}
            nameOf={nameOf}
            busy={busy === item.id}
            result={last?.item.id === item.id ? last.result : undefined}
            onRetry={() => void retry(item)}
            onDismiss={dismissable && isFirst(item) ? (why) => dismissItem(item, why) : undefined}
          />
        ))}
      </ol>
      <Pager what="items" from={from} size={pageSize} all={deadLetters.length} onTurn={setBegin} />
    </div>
  )
}
