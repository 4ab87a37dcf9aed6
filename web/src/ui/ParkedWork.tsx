import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import { dismiss, type Parked, takeAgain, type Told, type Words } from "../api/parked.ts"
import { Dated, Moment } from "./Dated.tsx"
import { count, plural } from "./format.ts"
import { Pager } from "./Pager.tsx"
import { ReasonForm, type Why } from "./ReasonForm.tsx"

interface Props {
  readonly parked: ReadonlyArray<Parked>
  /** Opens the fact, wherever this page shows facts. */
  readonly link: (position: number, words: string) => ComponentChildren
  /** Who could not take it, where that is not said already. */
  readonly who?: ((by: string) => string) | undefined
  /** How this page says what went wrong; else the server's words are shown. */
  readonly words?: Words
  /** Whether it can be dismissed here. */
  readonly dismissable?: boolean
}

const itemsAPage = 50

const Item = ({
  item: { attempts, behind, by, place, position, reason, since, type },
  link,
  who,
  busy,
  told,
  onTake,
  onDismiss
}: Pick<Props, "link" | "who" | "dismissable"> & {
  readonly item: Parked
  readonly busy: boolean
  readonly told: Told | undefined
  readonly onTake: () => void
  readonly onDismiss: ((why: Why) => Promise<Told>) | undefined
}) => (
  <li>
    <p>
      <b>{type}</b> {link(position, `position ${count(position)}`)}
    </p>
    <p class={behind ? "" : "bad"}>{behind ? "Waits for an earlier one of its place." : <Dated text={reason} />}</p>
    <p class="muted">
      {who && `${who(by)} · `}
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
      onClick={onTake}
    >
      {busy ? "…" : "take again"}
    </button>
    <span class={told && !told.good ? "told bad" : "told"} role="status">
      {told?.text}
    </span>
    {onDismiss && (
      <ReasonForm act="dismiss" of={`${type} at position ${position}`} send={onDismiss}>
        {`${type} at position ${position} is given up: what could not take it passes over it from now on, and goes on with what waits behind it. The event stays in the log. Who did this, and why, stands in the audit.`}
      </ReasonForm>
    )}
  </li>
)

/** What could not be taken: each with why, and a way to have it taken again. */
export const ParkedWork = ({ dismissable = false, parked, link, who, words = ({ detail }) => detail }: Props) => {
  const [begin, setBegin] = useState(0)
  const lastPage = Math.max(0, Math.ceil(parked.length / itemsAPage) - 1) * itemsAPage
  const from = Math.min(begin, lastPage)
  const [busy, setBusy] = useState<string>()
  const [last, setLast] = useState<{ readonly item: Parked; readonly told: Told }>()
  const take = async (item: Parked) => {
    if (busy !== undefined) return
    setBusy(item.id)
    const told = await takeAgain(item.id, words)
    setBusy(undefined)
    setLast({ item, told })
  }
  const dismissed = async (item: Parked, why: Why) => {
    const told = await dismiss(item.id, why, words)
    if (told.good) setLast({ item, told })
    return told
  }
  /** Only the first of an event stream can be dismissed. */
  const isFirst = ({ by, id, place }: Parked) =>
    parked.find((each) => each.by === by && each.place === place)?.id === id
  // What was taken is not in the list any more, and neither is the place for the answer.
  const gone = last && parked.every(({ id }) => id !== last.item.id) ? last : undefined
  return (
    <div class="parked-work">
      <p class={gone && !gone.told.good ? "told bad" : "told"} role="status">
        {gone && `${gone.item.type}, position ${count(gone.item.position)}: ${gone.told.text}`}
      </p>
      <ol>
        {parked.slice(from, from + itemsAPage).map((item) => (
          <Item
            key={item.id}
            item={item}
            link={link}
            who={who}
            busy={busy === item.id}
            told={last?.item.id === item.id ? last.told : undefined}
            onTake={() => void take(item)}
            onDismiss={dismissable && isFirst(item) ? (why) => dismissed(item, why) : undefined}
          />
        ))}
      </ol>
      <Pager what="items" from={from} size={itemsAPage} all={parked.length} onTurn={setBegin} />
    </div>
  )
}
