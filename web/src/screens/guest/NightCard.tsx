import { useLayoutEffect, useRef } from "preact/hooks"
import { type Day, spoken, today } from "../shared/dates.ts"
import { Notice } from "../shared/Notice.tsx"
import { type Button, availableButtons, pendingButton, submit, shownMessage } from "./guestActions.ts"
import { selected, close, isOver, rooms } from "./guestAddress.ts"
import { type Night, nightOf } from "./guestState.ts"

const sentenceOf = (state: Night, night: Day): string => {
  const isTonight = night === today.value
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
        : "You have booked this night. You can check in on the day."
    case "ready":
      return isTonight
        ? "The room is clean and waits for you."
        : "You have booked this night, and the room is clean. You can check in on the day."
    case "in":
      return "You have checked in and have the key."
  }
}

const closeCard = () => {
  close()
  document.querySelector<HTMLElement>('.night[tabindex="0"]')?.focus()
}

const buttonLabels: Readonly<Record<Button, readonly [label: string, busy: string]>> = {
  book: ["Book", "Booking…"],
  checkIn: ["Check in", "Checking in…"]
}

const Buttons = ({ state, night }: { readonly state: Night; readonly night: Day }) => {
  const buttons = pendingButton.value ? [pendingButton.value] : availableButtons(state, night)
  if (buttons.length === 0) return null
  return (
    <p class="buttons">
      {buttons.map((button) => (
        <button
          key={button}
          type="button"
          class={state === "free" || state === "ready" ? "primary" : ""}
          aria-disabled={pendingButton.value !== undefined}
          onClick={() => submit(button)}
        >
          {buttonLabels[button][pendingButton.value ? 1 : 0]}
        </button>
      ))}
    </p>
  )
}

/** The chosen night and its actions. */
export const NightCard = () => {
  const heading = useRef<HTMLHeadingElement>(null)
  const choice = selected.value
  const key = choice && `${choice.room}/${choice.night}`
  useLayoutEffect(() => heading.current?.focus(), [key])
  if (!choice) {
    const hint = "Choose a night: book it, or check in tonight."
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
          <Buttons state={state} night={night} />
          <Notice message={shownMessage.value} />
        </>
      ) : (
        <p class="state">The hotel has no room {room}. Choose another one.</p>
      )}
    </section>
  )
}
