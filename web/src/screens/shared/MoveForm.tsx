import { useState } from "preact/hooks"
import { maxRoomId } from "./bookingCommands.ts"

interface Props {
  /** The room of a move whose outcome is unknown: only this one can be sent again. */
  readonly unknown: number | undefined
  /** Rooms to suggest: those that are free that night. */
  readonly free?: ReadonlyArray<number>
  readonly isBusy: boolean
  readonly isDisabled: boolean
  readonly onRoom: (newRoom: number) => void
}

/** Asks for the room that a booking is to be moved to. */
export const MoveForm = ({ unknown, free = [], isBusy, isDisabled, onRoom }: Props) => {
  const [typed, setTyped] = useState("")
  const newRoom = unknown === undefined ? typed : String(unknown)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isDisabled) onRoom(Number(newRoom))
      }}
    >
      <p class="asked">
        <label>
          New room
          <input
            type="number"
            inputMode="numeric"
            min={1}
            max={maxRoomId}
            required
            list={free.length > 0 ? "free-rooms" : undefined}
            readOnly={unknown !== undefined}
            value={newRoom}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </label>
        <button type="submit" aria-disabled={isDisabled}>
          {isBusy ? "Moving…" : "Move"}
        </button>
      </p>
      {free.length > 0 && (
        <datalist id="free-rooms">
          {free.map((room) => (
            <option key={room} value={room} />
          ))}
        </datalist>
      )}
    </form>
  )
}
