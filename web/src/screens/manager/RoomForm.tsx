import { useState } from "preact/hooks"
import { Notice } from "../shared/Notice.tsx"
import { busy, messageAt } from "./managerActions.ts"

interface Props {
  /** Where what was said of it is found. */
  readonly at: string
  readonly button: string
  /** Whether it was done. */
  readonly onRoom: (room: number) => Promise<boolean>
}

/** A room by its number, and what to do with it. */
export const RoomForm = ({ at, button, onRoom }: Props) => {
  const [room, setRoom] = useState("")
  const isBusy = busy.value === at
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault()
        const form = event.currentTarget
        if (busy.value !== undefined || !(await onRoom(Number(room)))) return
        setRoom("")
        // Else the field that is empty again would be marked as wrong.
        form.reset()
      }}
    >
      <p class="asked">
        <label>
          Room
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
          {isBusy ? "…" : button}
        </button>
      </p>
      <Notice message={isBusy ? undefined : messageAt(at)} />
    </form>
  )
}
