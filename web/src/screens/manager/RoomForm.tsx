import { useState } from "preact/hooks"
import { Notice } from "../shared/Notice.tsx"
import { busy, messageAt } from "./managerActions.ts"

interface Props {
  /** The key of the form's message. */
  readonly at: string
  readonly button: string
  /** Sends the command; resolves to whether it was done. */
  readonly onRoom: (room: number) => Promise<boolean>
}

/** A form with a room number and a button. */
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
        // Without the reset the emptied field would be marked as invalid.
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
