import { plural } from "../../ui/format.ts"
import { setAsideText } from "../../ui/setAside.ts"
import { spoken, today } from "../shared/dates.ts"
import { Liveness, Waiting } from "../shared/Liveness.tsx"
import { isLoaded, trouble } from "../shared/refreshed.ts"
import { WhichDay } from "../shared/WhichDay.tsx"
import { add, atAdd, atAnother, clean } from "./actions.ts"
import { Asked } from "./Asked.tsx"
import { Days } from "./Days.tsx"
import { Parked, ParkedMark } from "./Parked.tsx"
import { chosen, isOnlyOpen, isOver, showDay, showOnlyOpen } from "./place.ts"
import { lacking, plans, rooms, roomsLack } from "./state.ts"
import { Teams } from "./Teams.tsx"

const Filter = ({ isOnly, text }: { readonly isOnly: boolean; readonly text: string }) => (
  <button type="button" aria-pressed={isOnlyOpen.value === isOnly} onClick={() => showOnlyOpen(isOnly)}>
    {text}
  </button>
)

const Heading = () => (
  <div class="heading">
    <h2 class="date">{spoken(chosen.value)}</h2>
    <div class="filter" role="group" aria-label="Which rooms">
      <Filter isOnly={false} text="All rooms" />
      <Filter isOnly text="To clean" />
    </div>
    <div class="when" role="group" aria-label="Which day">
      {chosen.value !== today.value && (
        <button type="button" class="quiet" onClick={() => showDay(today.value)}>
          today
        </button>
      )}
      <WhichDay label="Day" day={chosen.value} onDay={showDay} />
    </div>
  </div>
)

/** The rooms of the day, or why there are none to be seen. */
const Day = () => {
  const plan = plans.value.get(chosen.value)
  const lack = lacking.value.get(chosen.value) ?? 0
  if (!plan && lack === 0) {
    if (isLoaded.value && trouble.value) return <p class="card empty">What is to be cleaned is not known right now.</p>
    return <Waiting what="the rooms of this day" />
  }
  return (
    <>
      {lack > 0 && (
        <p class="card empty" role="status">
          {setAsideText(lack, "rooms to clean")} See the parked work below.
        </p>
      )}
      {plan && plan.length > 0 && <Teams cleanings={plan} />}
      {plan?.length === 0 && lack === 0 && (
        <p class="card empty">
          {isOver.value
            ? "Nothing was booked for this night."
            : "Nothing is booked for this night, so there is nothing to clean."}
        </p>
      )}
    </>
  )
}

const Another = () => (
  <section class="card" aria-labelledby="another">
    <h2 id="another">Another room</h2>
    {isOver.value ? (
      <p class="muted">This day is over: nothing can be cleaned for it any more.</p>
    ) : (
      <>
        <p class="muted">Booked, but on nobody's list? It can be cleaned all the same.</p>
        <Asked at={atAnother()} button="Clean" onRoom={(room) => clean(room, atAnother())} />
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
    {roomsLack.value > 0 && <p class="muted">{setAsideText(roomsLack.value, "rooms")}</p>}
    <Asked at={atAdd} button="Add" onRoom={add} />
  </section>
)

export const Manager = () => (
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
      <Heading />
      <Day />
      <div class="aside">
        <Another />
        <Rooms />
      </div>
      <Parked />
    </main>
  </div>
)
