import { useLayoutEffect, useRef, useState } from "preact/hooks"
import { isOperator, session } from "../../api/session.ts"
import { Pager } from "../../ui/Pager.tsx"
import { SignedIn } from "../../ui/SignedIn.tsx"
import { maxClientId } from "../shared/clientIds.ts"
import { plusDays, short, spoken, today } from "../shared/dates.ts"
import { Liveness } from "../shared/Liveness.tsx"
import { WhichDay } from "../shared/WhichDay.tsx"
import { Calendar } from "./Calendar.tsx"
import {
  firstNight,
  nightCount,
  rooms,
  roomsPerPage,
  showNights,
  showRooms,
  showRoomsFrom,
  firstRoomIndex
} from "./guestAddress.ts"
import { client, ownClient, setClient } from "./guestState.ts"
import { NightCard } from "./NightCard.tsx"

const ClientField = () => {
  const [isWrong, setWrong] = useState(false)
  return (
    <div class="who">
      <label>
        You are guest
        <input
          type="number"
          inputMode="numeric"
          min={1}
          max={maxClientId}
          defaultValue={String(client.value)}
          aria-invalid={isWrong}
          aria-describedby="who-wrong"
          onInput={({ currentTarget }) => setWrong(!setClient(currentTarget.valueAsNumber))}
        />
      </label>
      <p id="who-wrong" class="bad" role="status">
        {isWrong && `A guest number is a whole number from 1 to 999,999,999. You are still guest ${client.value}.`}
      </p>
    </div>
  )
}

/** Who books: the guest who signed in, or the one whose number is entered. */
const Who = () => {
  if (!session.value) return null
  if (ownClient.value === undefined) return <ClientField />
  return (
    <p class="who">
      You are guest <b>{ownClient.value}</b>
    </p>
  )
}

const When = () => {
  const isFirst = firstNight.value === today.value
  const last = plusDays(firstNight.value, nightCount - 1)
  return (
    <div class="when" role="group" aria-label="Which nights">
      <button
        type="button"
        aria-label="A week earlier"
        aria-disabled={isFirst}
        onClick={() => isFirst || showNights(plusDays(firstNight.value, -7))}
      >
        ‹
      </button>
      <WhichDay label="First night" day={firstNight.value} min={today.value} onDay={showNights} />
      <button type="button" aria-label="A week later" onClick={() => showNights(plusDays(firstNight.value, 7))}>
        ›
      </button>
      {!isFirst && (
        <button type="button" class="quiet" onClick={() => showNights(today.value)}>
          today
        </button>
      )}
      <p class="range">
        <span class="visually-hidden">
          {spoken(firstNight.value)} to {spoken(last)}
        </span>
        <span aria-hidden="true">
          <span class="date">{short(firstNight.value)}</span> to <span class="date">{short(last)}</span>
        </span>
      </p>
    </div>
  )
}

/** Uncontrolled, so that a number being typed survives a reload of the list. */
const Begin = ({ room }: { readonly room: number }) => {
  const field = useRef<HTMLInputElement>(null)
  const show = () => void (field.current!.value = String(room))
  useLayoutEffect(show, [room])
  return (
    <label>
      Begin with room
      <input
        ref={field}
        type="number"
        inputMode="numeric"
        min={1}
        max={9999}
        onChange={({ currentTarget }) => {
          if (currentTarget.value !== "" && currentTarget.checkValidity()) showRoomsFrom(currentTarget.valueAsNumber)
          else show()
        }}
      />
    </label>
  )
}

const Rooms = () => {
  const all = rooms.value ?? []
  const first = all[firstRoomIndex.value]
  if (first === undefined || all.length <= roomsPerPage) return null
  return (
    <div class="pages">
      <Pager what="rooms" from={firstRoomIndex.value} size={roomsPerPage} all={all.length} onTurn={showRooms} />
      <Begin room={first} />
    </div>
  )
}

const Legend = () => (
  <ul class="legend">
    {(
      [
        ["free", "free"],
        ["yours", "yours, to be cleaned"],
        ["ready", "yours, ready"],
        ["in", "you are in"],
        ["taken", "taken"]
      ] as const
    ).map(([night, words]) => (
      <li>
        <span class={`swatch ${night}`} aria-hidden="true" /> {words}
      </li>
    ))}
  </ul>
)

export const Guest = () => (
  <div class="screen guest">
    <header>
      <h1>Choose a room and a night</h1>
      <Liveness />
      <Who />
      <SignedIn />
      {isOperator.value && (
        <a class="to-wall" href="/">
          the wall
        </a>
      )}
    </header>
    <main>
      <div class="bar">
        <When />
        <Legend />
      </div>
      <div class="split">
        <div>
          <Calendar />
          <Rooms />
        </div>
        <NightCard />
      </div>
    </main>
  </div>
)
