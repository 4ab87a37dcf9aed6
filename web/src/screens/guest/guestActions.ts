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

/** The buttons that make sense for a night in this state. The hotel's rules decide whether the command is accepted. */
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
  /** The state of the night when the button was pressed. */
  readonly state: Night
  readonly message: Message
}

const lastAnswered = signal<AnsweredChoice>()
/** The button that waits for its answer, and its choice. */
export const busy = signal<{ readonly button: Button; readonly choiceKey: string }>()

/** The waiting button of the open night. */
export const pendingButton = computed(() =>
  selected.value && busy.value?.choiceKey === choiceKey(selected.value) ? busy.value.button : undefined
)

/** The message, unless the night has changed since so that it is not true any more. */
const currentMessage = ({ button, message, state }: AnsweredChoice, now: Night, night: Day): Message | undefined => {
  if (message.tone !== "no") return message
  const isRejected = isRejection(message.problem)
  if (isRejected && button === "book" && isMine(now)) {
    return { tone: "info", text: "You had booked this night already. There is nothing more to do." }
  }
  if (now === "loading" || (now === state && (isRejected || availableButtons(now, night).includes(button))))
    return message
  if (isRejected) return isMine(now) ? undefined : message
  return isMine(now) || !availableButtons(now, night).includes(button) ? undefined : message
}

/** The message about the open night; else, after a command with an unknown outcome, a message that says so. */
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
