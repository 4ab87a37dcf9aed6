import { computed, signal } from "@preact/signals"
import { command, isPending, unknownOutcome } from "../../api/command.ts"
import {
  type BookingCommand,
  booking,
  cancelling,
  isCancelPending,
  moving,
  pendingNights,
  pendingRoom
} from "../shared/bookingCommands.ts"
import { type Day, today, todayInUtc } from "../shared/dates.ts"
import type { Message } from "../shared/Notice.tsx"
import { isRejection } from "../shared/problemText.ts"
import { select, selected } from "./guestAddress.ts"
import { client, type Night, nightOf } from "./guestState.ts"

export type Button = "book" | "checkIn" | "cancel" | "move"

const isMine = (state: Night) => state === "yours" || state === "ready" || state === "in"

/** The buttons that make sense for a night in this state. The hotel's rules decide whether the command is accepted. */
export const availableButtons = (state: Night, night: Day): ReadonlyArray<Button> => {
  const tonight = night === today.value ? (["checkIn"] as const) : []
  if (state === "free") return ["book"]
  if (state === "unknown") return ["book", ...tonight]
  if (state !== "yours" && state !== "ready") return []
  return night > todayInUtc.value ? [...tonight, "cancel", "move"] : tonight
}

type Choice = NonNullable<typeof selected.value>

/** What a button needs beside the open night: the number of nights to book, or the room to move to. */
type Detail = number

const aboutOf = (choice: Choice) => ({ ...choice, client: client.value })
const choiceKey = (choice: Choice) => JSON.stringify(aboutOf(choice))

const checkingIn = ({ night, room }: Choice): BookingCommand => {
  const done = `Welcome. Here is the key of room ${room}.`
  const data = { room: { id: room }, client: { id: client.value }, date: night }
  return { path: "/mutation/checkin", data, done, unchanged: done }
}

const commandOf = (button: Button, choice: Choice, detail: Detail): BookingCommand => {
  switch (button) {
    case "book":
      return booking(aboutOf(choice), detail, "yours")
    case "checkIn":
      return checkingIn(choice)
    case "cancel":
      return cancelling(aboutOf(choice))
    case "move":
      return moving(aboutOf(choice), detail)
  }
}

/** Whether a command of this button was sent for the choice, and its outcome is unknown. */
const isUnknown = (button: Button, choice: Choice): boolean => {
  switch (button) {
    case "book":
      return pendingNights(aboutOf(choice)) !== undefined
    case "checkIn":
      return isPending(checkingIn(choice).path, checkingIn(choice).data)
    case "cancel":
      return isCancelPending(aboutOf(choice))
    case "move":
      return pendingRoom(aboutOf(choice)) !== undefined
  }
}

interface AnsweredChoice {
  readonly choiceKey: string
  readonly button: Button
  readonly detail: Detail
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

const bookedBefore = (nights: number): Message => ({
  tone: "info",
  text:
    nights === 1
      ? "You had booked this night already. There is nothing more to do."
      : "You had booked this night already. Book the nights after it from the next one on."
})

/** The message, unless the night has changed since so that it is not true any more. */
const currentMessage = (
  { button, detail, message, state }: AnsweredChoice,
  now: Night,
  night: Day
): Message | undefined => {
  if (message.tone !== "no") return message
  const isRejected = isRejection(message.problem)
  if (isRejected && button === "book" && isMine(now)) return bookedBefore(detail)
  const isOffered = availableButtons(now, night).includes(button)
  if (now === "loading" || (now === state && (isRejected || isOffered))) return message
  // A booking of the guest's own is what booking and check-in were for; it is not what a cancellation was for.
  const isReached = isMine(now) && (button === "book" || button === "checkIn")
  if (isRejected) return isMine(now) ? undefined : message
  return isReached || !isOffered ? undefined : message
}

/** The message about the open night; else, after a command with an unknown outcome, a message that says so. */
export const shownMessage = computed<Message | undefined>(() => {
  const choice = selected.value
  if (!choice || pendingButton.value) return undefined
  const now = nightOf(choice.room, choice.night)
  if (lastAnswered.value?.choiceKey === choiceKey(choice)) return currentMessage(lastAnswered.value, now, choice.night)
  const isAnyUnknown = availableButtons(now, choice.night).some((button) => isUnknown(button, choice))
  return isAnyUnknown ? { tone: "no", problem: unknownOutcome } : undefined
})

export const submit = async (button: Button, detail: Detail = 1): Promise<void> => {
  const choice = selected.value
  if (!choice || busy.value) return
  const { data, done, path, unchanged } = commandOf(button, choice, detail)
  const state = nightOf(choice.room, choice.night)
  const submitted = { choiceKey: choiceKey(choice), button }
  busy.value = submitted
  lastAnswered.value = undefined
  const answer = await command(path, data)
  busy.value = undefined
  const messageOf = (): Message => {
    if (!answer.ok) return { tone: "no", problem: answer.problem }
    return answer.body.facts.length > 0 ? { tone: "good", text: done } : { tone: "info", text: unchanged }
  }
  const isOpen = selected.value !== undefined && choiceKey(selected.value) === submitted.choiceKey
  if (button === "move" && answer.ok && isOpen) {
    // The page follows the booking to its new room, and says there that it was moved.
    const moved = { room: detail, night: choice.night }
    lastAnswered.value = { choiceKey: choiceKey(moved), button, detail, state, message: messageOf() }
    select(moved.room, moved.night)
  } else lastAnswered.value = { ...submitted, detail, state, message: messageOf() }
}
