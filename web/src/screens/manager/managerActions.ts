import { signal } from "@preact/signals"
import { command, isPending, unknownOutcome } from "../../api/command.ts"
import { spoken } from "../shared/dates.ts"
import type { Message } from "../shared/Notice.tsx"
import { selectedDay } from "./managerAddress.ts"

/** Keys of the buttons: at a room of a day's list, or in a form of their own. */
export const atRoom = (room: number) => `clean/${selectedDay.value}/${room}`
export const atAnother = () => `another/${selectedDay.value}`
export const atAdd = "add"

const lastAnswer = signal<{ readonly at: string; readonly message: Message }>()
/** The key of the button that waits for its answer. */
export const busy = signal<string>()

/** The last message at a button. */
export const messageAt = (at: string): Message | undefined =>
  lastAnswer.value?.at === at ? lastAnswer.value.message : undefined
/** The last answer, if it is a success at a button whose key begins so. */
export const lastGood = (prefix: string): Message | undefined => {
  const { at, message } = lastAnswer.value ?? {}
  return at?.startsWith(prefix) && message?.tone === "good" ? message : undefined
}
/** The last success in the day's list, for screen readers. */
export const listMessage = (): string => {
  const message = lastGood(`clean/${selectedDay.value}/`)
  return message?.tone === "good" ? message.text : ""
}

interface ManagerCommand {
  readonly path: string
  readonly data: unknown
  readonly done: string
  /** The message if the command appended no event. */
  readonly unchanged: string
}

const cleaning = (room: number): ManagerCommand => {
  const done = `Room ${room} is clean for ${spoken(selectedDay.value)}.`
  return { path: "/mutation/cleanup", data: { room: { id: room }, date: selectedDay.value }, done, unchanged: done }
}
const adding = (room: number): ManagerCommand => ({
  path: "/mutation/add-room",
  data: { room: { id: room } },
  done: `Room ${room} is there, and can be booked.`,
  unchanged: `The hotel had room ${room} before. Nothing was added.`
})

/** Sends a command; resolves to whether it was done. */
export const submit = async (at: string, { data, done, unchanged, path }: ManagerCommand): Promise<boolean> => {
  if (busy.value !== undefined) return false
  busy.value = at
  lastAnswer.value = undefined
  const answer = await command(path, data)
  busy.value = undefined
  const messageOf = (): Message => {
    if (!answer.ok) return { tone: "no", problem: answer.problem }
    return answer.body.facts.length > 0 ? { tone: "good", text: done } : { tone: "info", text: unchanged }
  }
  lastAnswer.value = { at, message: messageOf() }
  return answer.ok
}

/** The error of a room's cleaning; also, after a reload, that the outcome is unknown. */
export const cleaningMessage = (room: number): Message | undefined => {
  const at = atRoom(room)
  const message = messageAt(at)
  if (message) return message.tone === "no" ? message : undefined
  const { data, path } = cleaning(room)
  return busy.value !== at && isPending(path, data) ? { tone: "no", problem: unknownOutcome } : undefined
}

export const clean = (room: number, at: string): Promise<boolean> => submit(at, cleaning(room))
export const add = (room: number): Promise<boolean> => submit(atAdd, adding(room))
