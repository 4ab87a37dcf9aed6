import { signal } from "@preact/signals"
import { nightsFrom, pendingNights } from "../shared/bookingCommands.ts"
import { type Day, plusDays, short } from "../shared/dates.ts"
import { pendingButton, submit } from "./guestActions.ts"
import { client } from "./guestState.ts"

/** For how many nights the guest wants to stay; NaN while the field is empty. */
export const nightsWanted = signal(1)

/** Books the open night, and those after it that the guest wants. */
export const StayForm = ({ room, night }: { readonly room: number; readonly night: Day }) => {
  const most = nightsFrom(night)
  const unknown = pendingNights({ room, night, client: client.value })
  const nights = unknown ?? nightsWanted.value
  const isBusy = pendingButton.value === "book"
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isBusy) void submit("book", nights)
      }}
    >
      <p class="asked">
        <label>
          Nights
          <input
            type="number"
            inputMode="numeric"
            min={1}
            max={most}
            required
            readOnly={unknown !== undefined}
            value={Number.isNaN(nights) ? "" : nights}
            onInput={({ currentTarget }) => (nightsWanted.value = currentTarget.valueAsNumber)}
          />
        </label>
        <button type="submit" class="primary" aria-disabled={pendingButton.value !== undefined}>
          {isBusy ? "Booking…" : "Book"}
        </button>
      </p>
      {nights > 1 && nights <= most && (
        <p class="until">
          Until the morning of <span class="date">{short(plusDays(night, nights))}</span>. All nights are booked, or
          none.
        </p>
      )}
    </form>
  )
}
