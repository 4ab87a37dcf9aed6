import { useState } from "preact/hooks"
import { plural } from "../../ui/format.ts"
import { setAsideText } from "../../ui/setAside.ts"
import { Liveness, Notice } from "../shared/Notice.tsx"
import { ago } from "../shared/refreshed.ts"
import { spoken } from "../shared/dates.ts"
import { Days } from "./Days.tsx"
import { Parked, ParkedMark } from "./Parked.tsx"
import { add, busy, chosen, clean, lacking, plans, rooms, roomsLack, said } from "./state.ts"
import { Teams } from "./Teams.tsx"

interface AskedProps {
  readonly about: string
  readonly label: string
  readonly button: string
  readonly onRoom: (room: number) => Promise<void>
}

/** A room by its number, and what to do with it. */
const Asked = ({ about, label, button, onRoom }: AskedProps) => {
  const [room, setRoom] = useState("")
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void onRoom(Number(room))
      }}
    >
      <p class="asked">
        <label>
          {label}
          <input
            type="number"
            inputMode="numeric"
            min={1}
            max={9999}
            required
            value={room}
            onInput={({ currentTarget }) => setRoom(currentTarget.value)}
          />
        </label>
        <button type="submit" aria-disabled={busy.value !== undefined}>
          {button}
        </button>
      </p>
      <Notice said={said.value?.about === about ? said.value.said : undefined} />
    </form>
  )
}

export const Manager = () => {
  const plan = plans.value.get(chosen.value)
  const lack = lacking.value.get(chosen.value) ?? 0
  return (
    <div class="screen manager">
      <header>
        <h1>Cleaning</h1>
        <Liveness />
        <ParkedMark />
        <a class="to-wall" href="/">
          the wall
        </a>
      </header>
      <main>
        <Days />
        <h2>{spoken(chosen.value)}</h2>
        {lack > 0 && (
          <p class="card empty" role="status">
            {setAsideText(lack, "rooms to clean")} See the parked work below.
          </p>
        )}
        {plan && (plan.length > 0 || lack === 0) && <Teams cleanings={plan} />}
        {!plan && ago.value !== undefined && <p class="card empty">What is to be cleaned is not known right now.</p>}
        <div class="aside">
          <section class="card" aria-label="Another room">
            <h3>Another room</h3>
            <p class="muted">Booked, but on nobody's list? It can be cleaned all the same.</p>
            <Asked about="another" label="Room" button="Clean" onRoom={(room) => clean(room, "another")} />
          </section>
          <section class="card" aria-label="Rooms of the hotel">
            <h3>Rooms</h3>
            <p class="muted">The hotel has {plural(rooms.value, "room")}.</p>
            {roomsLack.value > 0 && <p class="muted">{setAsideText(roomsLack.value, "rooms")}</p>}
            <Asked about="add" label="Room" button="Add" onRoom={add} />
          </section>
        </div>
        <Parked />
      </main>
    </div>
  )
}
