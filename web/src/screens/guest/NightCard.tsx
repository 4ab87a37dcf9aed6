import { useLayoutEffect, useRef } from "preact/hooks"
import { pendingRoom } from "../shared/bookingCommands.ts"
import { type Day, spoken, today, todayInUtc } from "../shared/dates.ts"
import { MoveForm } from "../shared/MoveForm.tsx"
import { Notice } from "../shared/Notice.tsx"
import { availableButtons, pendingButton, submit, shownMessage } from "./guestActions.ts"
import { selected, close, isOver, rooms, shownRooms } from "./guestAddress.ts"
import { client, type Night, nightOf } from "./guestState.ts"
import { StayForm } from "./StayForm.tsx"

const sentenceOf = (state: Night, night: Day): string => {
  const isTonight = night === today.value
  const change = night > todayInUtc.value ? " Until the day before you can cancel it, or move to another room." : ""
  switch (state) {
    case "loading":
      return "Checking whether this night is free…"
    case "unknown":
      return "Whether this night is free is not known right now."
    case "free":
      return "Nobody has booked this night."
    case "taken":
      return "Somebody else has booked this night. Choose another room or another night."
    case "yours":
      return isTonight
        ? "You have booked this night. Check in as soon as the room is clean."
        : `You have booked this night. You can check in on the day.${change}`
    case "ready":
      return isTonight
        ? "The room is clean and waits for you."
        : `You have booked this night, and the room is clean. You can check in on the day.${change}`
    case "in":
      return "You have checked in and have the key."
  }
}

const closeCard = () => {
  close()
  document.querySelector<HTMLElement>('.night[tabindex="0"]')?.focus()
}

const buttonLabels: Readonly<Record<"checkIn" | "cancel", readonly [label: string, busy: string]>> = {
  checkIn: ["Check in", "Checking in…"],
  cancel: ["Cancel this booking", "Cancelling…"]
}

interface ActionsProps {
  readonly state: Night
  readonly room: number
  readonly night: Day
}

const Actions = ({ state, room, night }: ActionsProps) => {
  const pending = pendingButton.value
  const buttons = pending ? [pending] : availableButtons(state, night)
  const free = shownRooms.value.filter((other) => nightOf(other, night) === "free")
  return buttons.map((button) => {
    if (button === "book") return <StayForm key={button} room={room} night={night} />
    if (button === "move") {
      return (
        <MoveForm
          key={button}
          unknown={pendingRoom({ room, night, client: client.value })}
          free={free}
          isBusy={pending === "move"}
          isDisabled={pending !== undefined}
          onRoom={(newRoom) => submit("move", newRoom)}
        />
      )
    }
    return (
      <p key={button} class="buttons">
        <button
          type="button"
          class={button === "checkIn" && state === "ready" ? "primary" : ""}
          aria-disabled={pending !== undefined}
          onClick={() => submit(button)}
        >
          {buttonLabels[button][pending ? 1 : 0]}
        </button>
      </p>
    )
  })
}

/** The chosen night and its actions. */
export const NightCard = () => {
  const heading = useRef<HTMLHeadingElement>(null)
  const choice = selected.value
  const key = choice && `${choice.room}/${choice.night}`
  useLayoutEffect(() => heading.current?.focus(), [key])
  if (!choice) {
    const hint = "Choose a night: book it and those after it, change your booking, or check in tonight."
    return <p class="card hint">{isOver.value ? `That night is over. ${hint}` : hint}</p>
  }
  const { night, room } = choice
  const isThere = rooms.value?.includes(room) ?? true
  const state = nightOf(room, night)
  return (
    <section class="card" aria-labelledby="night" onKeyDown={({ key }) => key === "Escape" && closeCard()}>
      <button type="button" class="close" aria-label="Close" onClick={closeCard}>
        ×
      </button>
      <h2 id="night" ref={heading} tabIndex={-1}>
        Room {room}
      </h2>
      <p class="date">{spoken(night)}</p>
      {isThere ? (
        <>
          <p class="state">
            <span class={`swatch ${state}`} aria-hidden="true" /> {sentenceOf(state, night)}
          </p>
          <Actions key={key} state={state} room={room} night={night} />
          <Notice message={shownMessage.value} />
        </>
      ) : (
        <p class="state">The hotel has no room {room}. Choose another one.</p>
      )}
    </section>
  )
}
