import { computed, signal } from "@preact/signals"
import { command, isOpen, unknownOutcome } from "../../api/command.ts"
import { type Day, spoken, today } from "../shared/dates.ts"
import type { Said } from "../shared/Notice.tsx"
import { isRejection } from "../shared/words.ts"
import { chosen } from "./place.ts"
import { client, type Night, nightOf } from "./state.ts"

export type Button = "book" | "checkIn"

interface Door {
  readonly path: string
  readonly done: (room: number, night: Day) => string
}

const doors: Readonly<Record<Button, Door>> = {
  book: {
    path: "/mutation/book-room",
    done: (room, night) => `Room ${room} is yours for ${spoken(night)}.`
  },
  checkIn: { path: "/mutation/checkin", done: (room) => `Welcome. Here is the key of room ${room}.` }
}

const isMine = (state: Night) => state === "yours" || state === "ready" || state === "in"

/** What makes sense for a night that looks so. Whether it is allowed is for the hotel's rules to say. */
export const offered = (state: Night, night: Day): ReadonlyArray<Button> => {
  const tonight = night === today.value ? (["checkIn"] as const) : []
  if (state === "free") return ["book"]
  if (state === "unknown") return ["book", ...tonight]
  return state === "yours" || state === "ready" ? tonight : []
}

type Choice = NonNullable<typeof chosen.value>

const inputOf = ({ night, room }: Choice) => ({ room: { id: room }, client: { id: client.value }, date: night })
const about = (choice: Choice) => JSON.stringify(inputOf(choice))

interface Answered {
  readonly about: string
  readonly button: Button
  /** How the night looked to whoever pressed the button. */
  readonly state: Night
  readonly said: Said
}

const last = signal<Answered>()
/** Which button was pressed and has no answer yet, and for what. */
export const busy = signal<{ readonly button: Button; readonly about: string }>()

/** Of the night that is open. */
export const pressed = computed(() =>
  chosen.value && busy.value?.about === about(chosen.value) ? busy.value.button : undefined
)

/** What was said, unless the night has changed since, so that it is not true any more. */
const stillSo = ({ button, said, state }: Answered, now: Night, night: Day): Said | undefined => {
  if (said.tone !== "no") return said
  const isRefused = isRejection(said.problem)
  if (isRefused && button === "book" && isMine(now)) {
    return { tone: "info", text: "You had booked this night already. There is nothing more to do." }
  }
  if (now === "loading" || (now === state && (isRefused || offered(now, night).includes(button)))) return said
  if (isRefused) return isMine(now) ? undefined : said
  return isMine(now) || !offered(now, night).includes(button) ? undefined : said
}

/** What was said of the night that is open; else that a button was pressed and nobody knows what came of it. */
export const told = computed<Said | undefined>(() => {
  const choice = chosen.value
  if (!choice || pressed.value) return undefined
  const now = nightOf(choice.room, choice.night)
  if (last.value?.about === about(choice)) return stillSo(last.value, now, choice.night)
  const isUnknown = offered(now, choice.night).some((button) => isOpen(doors[button].path, inputOf(choice)))
  return isUnknown ? { tone: "no", problem: unknownOutcome } : undefined
})

export const push = async (button: Button): Promise<void> => {
  const choice = chosen.value
  if (!choice || busy.value) return
  const { done, path } = doors[button]
  const state = nightOf(choice.room, choice.night)
  const pushed = { about: about(choice), button }
  busy.value = pushed
  last.value = undefined
  const answer = await command(path, inputOf(choice))
  busy.value = undefined
  const said: Said = answer.ok
    ? { tone: "good", text: done(choice.room, choice.night) }
    : { tone: "no", problem: answer.problem }
  last.value = { ...pushed, state, said }
}
