import { signal } from "@preact/signals"
import { useRef } from "preact/hooks"
import { type Day, dayOfMonth, daysBetween, isWeekend, month, spoken, weekday } from "../shared/dates.ts"
import { Loading } from "../shared/Liveness.tsx"
import { select, selected, rooms, shownNights, shownRooms } from "./guestAddress.ts"
import { type Night, nightOf, roomsMissingEvents } from "./guestState.ts"
import { nightsWanted } from "./StayForm.tsx"

const shortLabels: Record<Night, string> = {
  loading: "",
  unknown: "",
  free: "",
  taken: "taken",
  yours: "yours",
  ready: "ready",
  in: "in"
}
const spokenLabels: Record<Night, string> = {
  loading: "loading",
  unknown: "not known",
  free: "free",
  taken: "taken by another guest",
  yours: "yours, not clean yet",
  ready: "yours, clean and ready",
  in: "yours, you have checked in"
}

/** The cell that the tab key stops at: row and column. */
const tabStop = signal<readonly [row: number, column: number]>([0, 0])

const moves: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-10, 0],
  PageDown: [10, 0],
  Home: [0, -99],
  End: [0, 99]
}

const clampIndex = (n: number, length: number) => Math.min(length - 1, Math.max(0, n))

const Heads = ({ nights }: { readonly nights: ReadonlyArray<Day> }) => (
  <tr>
    <th scope="col">Room</th>
    {nights.map((night, n) => (
      <th scope="col" key={night} class={isWeekend(night) ? "weekend" : ""} aria-label={spoken(night)}>
        <span>{weekday(night)}</span>
        <b>{dayOfMonth(night)}</b>
        <span>{n === 0 || dayOfMonth(night) === "1" ? month(night) : "\u00a0"}</span>
      </th>
    ))}
  </tr>
)

interface CellProps {
  readonly room: number
  readonly night: Day
  readonly at: readonly [row: number, column: number]
  readonly isStop: boolean
}

const Cell = ({ room, night, at, isStop }: CellProps) => {
  const state = nightOf(room, night)
  const chosen = selected.value
  const isChosen = chosen?.room === room && chosen.night === night
  const nightsAfter = chosen?.room === room ? daysBetween(chosen.night, night) : 0
  const isInStay =
    nightsAfter > 0 && nightsAfter < nightsWanted.value && nightOf(room, chosen?.night ?? night) === "free"
  return (
    <td role="gridcell" aria-selected={isChosen}>
      <button
        type="button"
        class={`night ${state}${isChosen ? " chosen" : isInStay ? " in-stay" : ""}`}
        data-cell={at.join("/")}
        tabIndex={isStop ? 0 : -1}
        aria-label={`Room ${room}, ${spoken(night)}: ${spokenLabels[state]}`}
        onClick={() => {
          tabStop.value = at
          select(room, night)
        }}
        onFocus={() => (tabStop.value = at)}
      >
        {shortLabels[state]}
      </button>
    </td>
  )
}

export const Calendar = () => {
  const grid = useRef<HTMLTableElement>(null)
  const nights = shownNights.value
  const all = shownRooms.value
  const [stopRow, stopColumn] = [clampIndex(tabStop.value[0], all.length), clampIndex(tabStop.value[1], nights.length)]

  const keys = (event: KeyboardEvent) => {
    const move = moves[event.key]
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    tabStop.value = [clampIndex(stopRow + move[0], all.length), clampIndex(stopColumn + move[1], nights.length)]
    const cell = grid.current?.querySelector<HTMLElement>(`[data-cell="${tabStop.value.join("/")}"]`)
    cell?.focus({ preventScroll: true })
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }

  if (!rooms.value) return <Loading what="rooms and nights" />
  const missingNote = roomsMissingEvents.value > 0 ? "Some rooms of the hotel may be missing here." : undefined
  if (rooms.value.length === 0) return <p class="card empty">{missingNote ?? "The hotel has no rooms yet."}</p>
  return (
    <div class="calendar">
      {missingNote && <p class="lack">{missingNote}</p>}
      <table ref={grid} role="grid" aria-label="Rooms and nights. Arrow keys move, Enter chooses." onKeyDown={keys}>
        <thead>
          <Heads nights={nights} />
        </thead>
        <tbody>
          {all.map((room, row) => (
            <tr key={room}>
              <th scope="row" aria-label={`Room ${room}`}>
                {room}
              </th>
              {nights.map((night, column) => (
                <Cell
                  key={night}
                  room={room}
                  night={night}
                  at={[row, column]}
                  isStop={row === stopRow && column === stopColumn}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
