import { useLayoutEffect, useRef } from "preact/hooks"
import { Pager } from "../../ui/Pager.tsx"
import { Notice } from "../shared/Notice.tsx"
import { atRoom, busy, clean, cleaningMessage, listMessage } from "./managerActions.ts"
import { isOnlyOpen, isOver, page, roomsPerPage, showPage } from "./managerAddress.ts"
import type { Cleaning } from "./managerState.ts"

const State = ({ cleaning: { room, done } }: { readonly cleaning: Cleaning }) => {
  if (done) {
    return (
      <span class="is-clean">
        clean <span aria-hidden="true">✓</span>
      </span>
    )
  }
  if (isOver.value) return <span>was not cleaned</span>
  const at = atRoom(room.id)
  return (
    <button
      type="button"
      aria-disabled={busy.value !== undefined}
      aria-label={`Room ${room.id} is clean`}
      onClick={() => {
        pressed = room.id
        void clean(room.id, at)
      }}
    >
      {busy.value === at ? "…" : "Clean"}
    </button>
  )
}

const Room = ({ cleaning }: { readonly cleaning: Cleaning }) => {
  const message = cleaning.done ? undefined : cleaningMessage(cleaning.room.id)
  return (
    <li class={cleaning.done ? "room done" : "room"}>
      <span>
        Room <b>{cleaning.room.id}</b>
      </span>
      <State cleaning={cleaning} />
      {message && <Notice message={message} />}
    </li>
  )
}

const doneOf = (all: ReadonlyArray<Cleaning>) => all.filter(({ done }) => done).length
const byTeam = (all: ReadonlyArray<Cleaning>) => Map.groupBy(all, ({ team }) => team ?? "")
const isOpenFirst = (a: Cleaning, b: Cleaning) => Number(a.done) - Number(b.done) || a.room.id - b.room.id

interface Props {
  readonly team: string
  readonly shown: ReadonlyArray<Cleaning>
  readonly all: ReadonlyArray<Cleaning>
}

const Team = ({ team, shown, all }: Props) => (
  <section class="card team" aria-label={team ? `Team ${team}` : "No team"}>
    <h3>
      {team ? `Team ${team}` : "No team"}{" "}
      <span class="muted">
        {doneOf(all)} of {all.length} <span class="visually-hidden">clean</span>
      </span>
    </h3>
    <ul>
      {shown.map((cleaning) => (
        <Room key={cleaning.room.id} cleaning={cleaning} />
      ))}
    </ul>
  </section>
)

/** The room whose button was pressed last; the button disappears when the room is clean. */
let pressed: number | undefined

/** Moves the focus to the next button when the pressed one disappears, so that the keyboard can work through the list. */
const useNextButton = (cleanings: ReadonlyArray<Cleaning>) => {
  const list = useRef<HTMLDivElement>(null)
  const isGone = cleanings.some(({ done, room }) => done && room.id === pressed)
  useLayoutEffect(() => {
    if (!isGone) return
    pressed = undefined
    if (document.activeElement === document.body) list.current?.querySelector<HTMLElement>(".room button")?.focus()
  }, [isGone])
  return list
}

/** The rooms of a day, a list for each team, open ones first. */
export const Teams = ({ cleanings }: { readonly cleanings: ReadonlyArray<Cleaning> }) => {
  const list = useNextButton(cleanings)
  const listed = cleanings.filter(({ done }) => !done || !isOnlyOpen.value).toSorted(isOpenFirst)
  const last = Math.max(0, Math.ceil(listed.length / roomsPerPage) - 1)
  const from = Math.min(page.value, last) * roomsPerPage
  const all = byTeam(cleanings)
  const teams = Array.from(byTeam(listed.slice(from, from + roomsPerPage))).sort(([a], [b]) => a.localeCompare(b))
  return (
    <>
      {listed.length === 0 && <p class="card empty">All rooms of this day are clean.</p>}
      <div class="teams" ref={list}>
        {teams.map(([team, shown]) => (
          <Team key={team} team={team} shown={shown} all={all.get(team) ?? []} />
        ))}
      </div>
      <Pager
        what="rooms"
        from={from}
        size={roomsPerPage}
        all={listed.length}
        onTurn={(begin) => showPage(begin / roomsPerPage)}
      />
      <p class="visually-hidden" role="status">
        {listMessage()}
      </p>
    </>
  )
}
