import { computed, signal } from "@preact/signals"
import { command, isPending, unknownOutcome } from "../../api/command.ts"
import { type Day, spoken, today } from "../shared/dates.ts"
import type { Message } from "../shared/Notice.tsx"
import { isRejection } from "../shared/problemText.ts"
import { selected } from "./guestAddress.ts"
import { client, type Night, nightOf } from "./guestState.ts"

export type Button = "book" | "checkIn"

interface Endpoint {
  readonly path: string
  readonly done: (room: number, night: Day) => string
}

const endpoints: Readonly<Record<Button, Endpoint>> = {
  book: {
    path: "/mutation/book-room",
    done: (room, night) => `Room ${room} is yours for ${spoken(night)}.`
  },
  checkIn: { path: "/mutation/checkin", done: (room) => `Welcome. Here is the key of room ${room}.` }
}

const isMine = (state: Night) => state === "yours" || state === "ready" || state === "in"

/** What makes sense for a night that looks so. Whether it is allowed is for the hotel's rules to say. */
export const availableButtons = (state: Night, night: Day): ReadonlyArray<Button> => {
  const tonight = night === today.value ? (["checkIn"] as const) : []
  if (state === "free") return ["book"]
  if (state === "unknown") return ["book", ...tonight]
  return state === "yours" || state === "ready" ? tonight : []
}

type Choice = NonNullable<typeof selected.value>

const inputOf = ({ night, room }: Choice) => ({ room: { id: room }, client: { id: client.value }, date: night })
const choiceKey = (choice: Choice) => JSON.stringify(inputOf(choice))

interface AnsweredChoice {
  readonly choiceKey: string
  readonly button: Button
  /** How the night looked to whoever pressed the button. */
  readonly state: Night
  readonly message: Message
}

const lastAnswered = signal<AnsweredChoice>()
/** Which button was pressed and has no answer yet, and for what. */
export const busy = signal<{ readonly button: Button; readonly choiceKey: string }>()

/** Of the night that is open. */
export const pendingButton = computed(() =>
  selected.value && busy.value?.choiceKey === choiceKey(selected.value) ? busy.value.button : undefined
)

/** What was said, unless the night has changed since, so that it is not true any more. */
const currentMessage = ({ button, message, state }: AnsweredChoice, now: Night, night: Day): Message | undefined => {
  if (message.tone !== "no") return message
  const isRefused = isRejection(message.problem)
  if (isRefused && button === "book" && isMine(now)) {
    return { tone: "info", text: "You had booked this night already. There is nothing more to do." }
  }
  if (now === "loading" || (now === state && (isRefused || availableButtons(now, night).includes(button))))
    return message
  if (isRefused) return isMine(now) ? undefined : message
  return isMine(now) || !availableButtons(now, night).includes(button) ? undefined : message
}

/** What was said of the night that is open; else that a button was pressed and nobody knows what came of it. */
export const shownMessage = computed<Message | undefined>(() => {
  const choice = selected.value
  if (!choice || pendingButton.value) return undefined
  const now = nightOf(choice.room, choice.night)
  if (lastAnswered.value?.choiceKey === choiceKey(choice)) return currentMessage(lastAnswered.value, now, choice.night)
  const isUnknown = availableButtons(now, choice.night).some((button) =>
    isPending(endpoints[button].path, inputOf(choice))
  )
  return isUnknown ? { tone: "no", problem: unknownOutcome } : undefined
})

export const submit = async (button: Button): Promise<void> => {
  const choice = selected.value
  if (!choice || busy.value) return
  const { done, path } = endpoints[button]
  const state = nightOf(choice.room, choice.night)
  const submitted = { choiceKey: choiceKey(choice), button }
  busy.value = submitted
  lastAnswered.value = undefined
  const answer = await command(path, inputOf(choice))
  busy.value = undefined
  const message: Message = answer.ok
    ? { tone: "good", text: done(choice.room, choice.night) }
    : { tone: "no", problem: answer.problem }
  lastAnswered.value = { ...submitted, state, message }
}
