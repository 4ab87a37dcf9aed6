import { useLayoutEffect, useRef } from "preact/hooks"
import { spoken } from "../shared/dates.ts"
import { Notice } from "../shared/Notice.tsx"
import { busy, chosen, type Night, nightOf, push, said, told } from "./state.ts"

const sentences: Record<Night, string> = {
  unknown: "Whether this night is free is not known right now.",
  free: "Nobody has booked this night.",
  taken: "Somebody else has booked this night.",
  yours: "You have booked this night. The room is waiting for its cleaning.",
  ready: "The room is clean and waits for you.",
  in: "You have checked in and have the key."
}

const close = () => {
  chosen.value = undefined
  said.value = undefined
  document.querySelector<HTMLElement>('.night[tabindex="0"]')?.focus()
}

/** The night that was chosen, and what can be done with it. */
export const NightCard = () => {
  const heading = useRef<HTMLHeadingElement>(null)
  const choice = chosen.value
  const key = choice && `${choice.room}/${choice.night}`
  useLayoutEffect(() => heading.current?.focus(), [key])
  if (!choice) return <p class="card hint">Choose a night: book it, or check in.</p>
  const state = nightOf(choice.room, choice.night)
  return (
    <section class="card" aria-labelledby="night" onKeyDown={({ key }) => key === "Escape" && close()}>
      <button type="button" class="close" aria-label="Close" onClick={close}>
        ×
      </button>
      <h2 id="night" ref={heading} tabIndex={-1}>
        Room {choice.room}
      </h2>
      <p>{spoken(choice.night)}</p>
      <p class="state">
        <span class={`swatch ${state}`} aria-hidden="true" /> {sentences[state]}
      </p>
      <p class="buttons">
        <button
          type="button"
          class={state === "free" ? "primary" : ""}
          aria-disabled={busy.value}
          onClick={() => busy.value || push("book")}
        >
          Book
        </button>
        <button
          type="button"
          class={state === "ready" ? "primary" : ""}
          aria-disabled={busy.value}
          onClick={() => busy.value || push("checkIn")}
        >
          Check in
        </button>
      </p>
      <Notice said={told.value} />
    </section>
  )
}
