import { signal } from "@preact/signals"
import { useRef } from "preact/hooks"
import { type Day, dayOfMonth, isWeekend, month, spoken, weekday } from "../shared/dates.ts"
import { setAsideText } from "../../ui/setAside.ts"
import { chosen, type Night, nightOf, rooms, roomsLack, said, shownNights, shownRooms } from "./state.ts"

const short: Record<Night, string> = { unknown: "", free: "", taken: "taken", yours: "yours", ready: "ready", in: "in" }
export const inWords: Record<Night, string> = {
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

  const choose = (room: number, night: Day, at: readonly [number, number]) => {
    stop.value = at
    said.value = undefined
    chosen.value = { room, night }
  }

  const lack = roomsLack.value > 0 && <p class="empty">{setAsideText(roomsLack.value, "rooms")}</p>
  if (rooms.value?.length === 0) return lack || <p class="empty">The hotel has no rooms yet. The manager adds them.</p>
  return (
    <div class="calendar">
      {lack}
      <table ref={grid} role="grid" aria-label="Rooms and nights. Arrow keys move, Enter chooses." onKeyDown={keys}>
        <thead>
          <tr>
            <th scope="col">Room</th>
            {nights.map((night, n) => (
              <th scope="col" class={isWeekend(night) ? "weekend" : ""} aria-label={spoken(night)}>
                <span>{weekday(night)}</span>
                <b>{dayOfMonth(night)}</b>
                <span>{n === 0 || dayOfMonth(night) === "1" ? month(night) : "\u00a0"}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {all.map((room, row) => (
            <tr key={room}>
              <th scope="row">{room}</th>
              {nights.map((night, column) => {
                const state = nightOf(room, night)
                const isChosen = chosen.value?.room === room && chosen.value.night === night
                return (
                  <td role="gridcell" key={night} aria-selected={isChosen}>
                    <button
                      type="button"
                      class={`night ${state}${isChosen ? " chosen" : ""}`}
                      data-cell={`${row}/${column}`}
                      tabIndex={row === stopRow && column === stopColumn ? 0 : -1}
                      aria-label={`Room ${room}, ${spoken(night)}: ${inWords[state]}`}
                      onClick={() => choose(room, night, [row, column])}
                      onFocus={() => (stop.value = [row, column])}
                    >
                      {short[state]}
                    </button>
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
