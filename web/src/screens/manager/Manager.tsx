import { isOperator } from "../../api/session.ts"
import { plural } from "../../ui/format.ts"
import { missingEventsText } from "../../ui/missingEvents.ts"
import { SignedIn } from "../../ui/SignedIn.tsx"
import { spoken, today } from "../shared/dates.ts"
import { Liveness, Loading } from "../shared/Liveness.tsx"
import { isLoaded, loadProblem } from "../shared/liveQuery.ts"
import { WhichDay } from "../shared/WhichDay.tsx"
import { Bookings } from "./Bookings.tsx"
import { Days } from "./Days.tsx"
import { DeadLetters, DeadLetterBadge } from "./DeadLetters.tsx"
import { add, atAdd, atAnother, clean } from "./managerActions.ts"
import { selectedDay, isOnlyOpen, isOver, showDay, showOnlyOpen } from "./managerAddress.ts"
import { maySeeOperations, missingEvents, plans, rooms, roomsMissingEvents } from "./managerState.ts"
import { RoomForm } from "./RoomForm.tsx"
import { Teams } from "./Teams.tsx"

const Filter = ({ isOnly, text }: { readonly isOnly: boolean; readonly text: string }) => (
  <button type="button" aria-pressed={isOnlyOpen.value === isOnly} onClick={() => showOnlyOpen(isOnly)}>
    {text}
  </button>
)

const Heading = () => (
  <div class="heading">
    <h2 class="date">{spoken(selectedDay.value)}</h2>
    <div class="filter" role="group" aria-label="Which rooms">
      <Filter isOnly={false} text="All rooms" />
      <Filter isOnly text="To clean" />
    </div>
    <div class="when" role="group" aria-label="Which day">
      {selectedDay.value !== today.value && (
        <button type="button" class="quiet" onClick={() => showDay(today.value)}>
          today
        </button>
      )}
      <WhichDay label="Day" day={selectedDay.value} onDay={showDay} />
    </div>
  </div>
)

/** The rooms of the day, or why there are none. */
const Day = () => {
  const plan = plans.value.get(selectedDay.value)
  const missing = missingEvents.value.get(selectedDay.value) ?? 0
  if (!plan && missing === 0) {
    if (isLoaded.value && loadProblem.value)
      return <p class="card empty">What is to be cleaned is not known right now.</p>
    return <Loading what="the rooms of this day" />
  }
  return (
    <>
      {missing > 0 && (
        <p class="card empty" role="status">
          {missingEventsText(missing, "rooms to clean")}
          {maySeeOperations.value && " See the failed work below."}
        </p>
      )}
      {plan && plan.length > 0 && <Teams cleanings={plan} />}
      {plan?.length === 0 && missing === 0 && (
        <p class="card empty">
          {isOver.value
            ? "Nothing was booked for this night."
            : "Nothing is booked for this night, so there is nothing to clean."}
        </p>
      )}
    </>
  )
}

const OtherRoom = () => (
  <section class="card" aria-labelledby="another">
    <h2 id="another">Another room</h2>
    {isOver.value ? (
      <p class="muted">This day is over: nothing can be cleaned for it any more.</p>
    ) : (
      <>
        <p class="muted">Booked, but on no team's list? It can still be cleaned.</p>
        <RoomForm at={atAnother()} button="Clean" onRoom={(room) => clean(room, atAnother())} />
      </>
    )}
  </section>
)

const Rooms = () => (
  <section class="card" aria-labelledby="rooms">
    <h2 id="rooms">Rooms</h2>
    <p class="muted">
      {rooms.value === undefined
        ? "How many rooms the hotel has is not known yet."
        : `The hotel has ${plural(rooms.value, "room")}.`}
    </p>
    {roomsMissingEvents.value > 0 && <p class="muted">{missingEventsText(roomsMissingEvents.value, "rooms")}</p>}
    <RoomForm at={atAdd} button="Add" onRoom={add} />
  </section>
)

export const Manager = () => (
  <div class="screen manager">
    <header>
      <h1>Cleaning and bookings</h1>
      <Liveness />
      <DeadLetterBadge />
      <SignedIn />
      {isOperator.value && (
        <a class="to-wall" href="/">
          the wall
        </a>
      )}
    </header>
    <main>
      <Days />
      <Heading />
      <Day />
      <Bookings />
      <div class="aside">
        <OtherRoom />
        <Rooms />
      </div>
      {maySeeOperations.value && <DeadLetters />}
    </main>
  </div>
)
