import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import { type Parked, takeAgain, type Told, type Words } from "../api/parked.ts"
import { count, plural, when } from "./format.ts"
import { Pager } from "./Pager.tsx"

interface Props {
  readonly parked: ReadonlyArray<Parked>
  /** Opens the fact, wherever this page shows facts. */
  readonly link: (position: number, words: string) => ComponentChildren
  /** Who could not take it, where that is not said already. */
  readonly who?: ((by: string) => string) | undefined
  /** How this page says what went wrong; else the server's words are shown. */
  readonly words?: Words
}

const itemsAPage = 50

const Item = ({
  item: { attempts, behind, by, place, position, reason, since, type },
  link,
  who,
  busy,
  told,
  onTake
}: Pick<Props, "link" | "who"> & {
  readonly item: Parked
  readonly busy: boolean
  readonly told: Told | undefined
  readonly onTake: () => void
}) => (
  <li>
    <p>
      <b>{type}</b> {link(position, `position ${count(position)}`)}
    </p>
    <p class={behind ? "" : "bad"}>{behind ? "Waits for an earlier one of its place." : reason}</p>
    <p class="muted">
      {who && `${who(by)} · `}
      {attempts > 0 && `tried ${plural(attempts, "time")} · `}
      {`since ${when(since)} · `}
      <span class="code">{place}</span>
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
  </li>
)

/** What could not be taken: each with why, and a way to have it taken again. */
export const ParkedWork = ({ parked, link, who, words = ({ detail }) => detail }: Props) => {
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
          />
        ))}
      </ol>
      <Pager what="items" from={from} size={itemsAPage} all={parked.length} onTurn={setBegin} />
    </div>
  )
}
