import { useState } from "preact/hooks"
import { maxRoomId, nightsFrom } from "../shared/bookingCommands.ts"
import { maxClientId } from "../shared/clientIds.ts"
import { Notice } from "../shared/Notice.tsx"
import { busy, messageAt } from "./managerActions.ts"
import { selectedDay } from "./managerAddress.ts"
import { atNew, book } from "./managerBookings.ts"

interface NumberFieldProps {
  readonly label: string
  readonly max: number
  readonly value: string
  readonly onValue: (value: string) => void
}

const NumberField = ({ label, max, value, onValue }: NumberFieldProps) => (
  <label>
    {label}
    <input
      type="number"
      inputMode="numeric"
      min={1}
      max={max}
      required
      value={value}
      onInput={({ currentTarget }) => onValue(currentTarget.value)}
    />
  </label>
)

/** Books a room for a guest, from the selected day on. */
export const BookingForm = () => {
  const [room, setRoom] = useState("")
  const [client, setClient] = useState("")
  const [nights, setNights] = useState("1")
  const isBusy = busy.value === atNew()
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault()
        const form = event.currentTarget
        const about = { room: Number(room), client: Number(client), night: selectedDay.value }
        if (busy.value !== undefined || !(await book(about, Number(nights)))) return
        setRoom("")
        // Without the reset the emptied field would be marked as invalid.
        form.reset()
      }}
    >
      <p class="asked">
        <NumberField label="Room to book" max={maxRoomId} value={room} onValue={setRoom} />
        <NumberField label="Guest" max={maxClientId} value={client} onValue={setClient} />
        <NumberField label="Nights" max={nightsFrom(selectedDay.value)} value={nights} onValue={setNights} />
        <button type="submit" aria-disabled={busy.value !== undefined}>
          {isBusy ? "Booking…" : "Book"}
        </button>
      </p>
      <Notice message={isBusy ? undefined : messageAt(atNew())} />
    </form>
  )
}
