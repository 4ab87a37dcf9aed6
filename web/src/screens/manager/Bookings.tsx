import { signal } from "@preact/signals"
import { missingEventsText } from "../../ui/missingEvents.ts"
import { Pager } from "../../ui/Pager.tsx"
import { pendingRoom } from "../shared/bookingCommands.ts"
import { spoken, todayInUtc } from "../shared/dates.ts"
import { MoveForm } from "../shared/MoveForm.tsx"
import { Notice } from "../shared/Notice.tsx"
import { BookingForm } from "./BookingForm.tsx"
import { busy } from "./managerActions.ts"
import { isOver, roomsPerPage, selectedDay } from "./managerAddress.ts"
import { atBooking, bookingMessage, cancel, changedMessage, move } from "./managerBookings.ts"
import { type Booking, bookings } from "./managerState.ts"

const stateWords: Readonly<Record<Booking["availability"], string>> = {
  free: "",
  booked: "not clean yet",
  available: "clean",
  occupied: "checked in"
}

/** Cancelling and moving, for a booking that the hotel's rules still let its guest change. */
const Change = ({ booking }: { readonly booking: Booking }) => {
  const about = { room: booking.room.id, client: booking.client?.id ?? 0, night: booking.date }
  const isBusy = busy.value === atBooking(about)
  const isDisabled = busy.value !== undefined
  return (
    <details>
      <summary aria-label={`Change the booking of room ${about.room}`}>Change</summary>
      <p class="buttons">
        <button type="button" aria-disabled={isDisabled} onClick={() => void cancel(about)}>
          {isBusy ? "…" : "Cancel this booking"}
        </button>
      </p>
      <MoveForm
        unknown={pendingRoom(about)}
        isBusy={isBusy}
        isDisabled={isDisabled}
        onRoom={(newRoom) => void move(about, newRoom)}
      />
      <Notice message={bookingMessage(about)} />
    </details>
  )
}

const Row = ({ booking }: { readonly booking: Booking }) => {
  const { availability, client, date, room } = booking
  const canChange = availability !== "occupied" && date > todayInUtc.value
  return (
    <li class="booking">
      <span>
        Room <b>{room.id}</b>, guest {client?.id}
      </span>
      <span class="muted">{stateWords[availability]}</span>
      {canChange && <Change booking={booking} />}
    </li>
  )
}

/** The day and the index of the first booking that is shown. */
const shown = signal<{ readonly day: string; readonly from: number }>({ day: "", from: 0 })

const List = ({ all }: { readonly all: ReadonlyArray<Booking> }) => {
  const from = shown.value.day === selectedDay.value && shown.value.from < all.length ? shown.value.from : 0
  return (
    <>
      <ul class="bookings">
        {all.slice(from, from + roomsPerPage).map((booking) => (
          <Row key={`${booking.date}/${booking.room.id}/${booking.client?.id}`} booking={booking} />
        ))}
      </ul>
      <Pager
        what="bookings"
        from={from}
        size={roomsPerPage}
        all={all.length}
        onTurn={(begin) => (shown.value = { day: selectedDay.value, from: begin })}
      />
    </>
  )
}

/** The bookings of the selected day, and a form for a new one. */
export const Bookings = () => {
  const ofDay = bookings.value
  const isKnown = ofDay?.day === selectedDay.value
  return (
    <section class="card bookings-card" aria-labelledby="bookings">
      <h2 id="bookings">Bookings</h2>
      {isKnown ? (
        <>
          {ofDay.missing > 0 && <p class="muted">{missingEventsText(ofDay.missing, "bookings")}</p>}
          {ofDay.more && <p class="muted">There are more bookings than this page lists.</p>}
          {ofDay.rows.length === 0 && ofDay.missing === 0 && (
            <p class="muted">Nobody has booked the night of {spoken(ofDay.day)}.</p>
          )}
          <List all={ofDay.rows} />
        </>
      ) : (
        <p class="muted">Who has booked this night is not known yet.</p>
      )}
      <Notice message={changedMessage()} />
      {isOver.value ? (
        <p class="muted">This day is over: it cannot be booked here any more.</p>
      ) : (
        <BookingForm key={selectedDay.value} />
      )}
    </section>
  )
}
