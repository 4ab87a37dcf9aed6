import { signal } from "@preact/signals"
import { useRef } from "preact/hooks"
import { type Day, dayOfMonth, isWeekend, month, spoken, weekday } from "../shared/dates.ts"
import { Waiting } from "../shared/Liveness.tsx"
import { choose, chosen, rooms, shownNights, shownRooms } from "./place.ts"
import { type Night, nightOf, roomsLack } from "./state.ts"

const short: Record<Night, string> = {
  loading: "",
  unknown: "",
  free: "",
  taken: "taken",
  yours: "yours",
  ready: "ready",
  in: "in"
}
const inWords: Record<Night, string> = {
  loading: "being looked up",
  unknown: "not known",
  free: "free",
  taken: "taken by somebody else",
  yours: "yours, not clean yet",
  ready: "yours, clean and ready",
  in: "yours, you have checked in"
}

/** The cell that the tab key stops at: row and column. */
const stop = signal<readonly [row: number, column: number]>([0, 0])

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

const within = (n: number, length: number) => Math.min(length - 1, Math.max(0, n))

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
  const isChosen = chosen.value?.room === room && chosen.value.night === night
  return (
    <td role="gridcell" aria-selected={isChosen}>
      <button
        type="button"
        class={`night ${state}${isChosen ? " chosen" : ""}`}
        data-cell={at.join("/")}
        tabIndex={isStop ? 0 : -1}
        aria-label={`Room ${room}, ${spoken(night)}: ${inWords[state]}`}
        onClick={() => {
          stop.value = at
          choose(room, night)
        }}
        onFocus={() => (stop.value = at)}
      >
        {short[state]}
      </button>
    </td>
  )
}

export const Calendar = () => {
  const grid = useRef<HTMLTableElement>(null)
  const nights = shownNights.value
  const all = shownRooms.value
  const [stopRow, stopColumn] = [within(stop.value[0], all.length), within(stop.value[1], nights.length)]

  const keys = (event: KeyboardEvent) => {
    const move = moves[event.key]
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    stop.value = [within(stopRow + move[0], all.length), within(stopColumn + move[1], nights.length)]
    const cell = grid.current?.querySelector<HTMLElement>(`[data-cell="${stop.value.join("/")}"]`)
    cell?.focus({ preventScroll: true })
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }

  if (!rooms.value) return <Waiting what="rooms and nights" />
  const lack = roomsLack.value > 0 ? "Some rooms of the hotel may be missing here." : undefined
  if (rooms.value.length === 0) return <p class="card empty">{lack ?? "The hotel has no rooms yet."}</p>
  return (
    <div class="calendar">
      {lack && <p class="lack">{lack}</p>}
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
