import { signal } from "@preact/signals"
import { command, isOpen, unknownOutcome } from "../../api/command.ts"
import { spoken } from "../shared/dates.ts"
import type { Said } from "../shared/Notice.tsx"
import { chosen } from "./place.ts"

/** Where a button stands: at a room of a day's list, or in a form of its own. */
export const atRoom = (room: number) => `clean/${chosen.value}/${room}`
export const atAnother = () => `another/${chosen.value}`
export const atAdd = "add"

const last = signal<{ readonly at: string; readonly said: Said }>()
/** Where a button was pressed that has no answer yet. */
export const busy = signal<string>()

/** What was said there last. */
export const saidAt = (at: string): Said | undefined => (last.value?.at === at ? last.value.said : undefined)
/** What was done in the day's list, for those who do not see it change. */
export const saidInList = (): string =>
  last.value?.at.startsWith(`clean/${chosen.value}/`) && last.value.said.tone === "good" ? last.value.said.text : ""

interface Asked {
  readonly path: string
  readonly data: unknown
  readonly done: string
  /** What to say where there was nothing to do. */
  readonly nothing: string
}

const cleaning = (room: number): Asked => {
  const done = `Room ${room} is clean for ${spoken(chosen.value)}.`
  return { path: "/mutation/cleanup", data: { room: { id: room }, date: chosen.value }, done, nothing: done }
}
const adding = (room: number): Asked => ({
  path: "/mutation/add-room",
  data: { room: { id: room } },
  done: `Room ${room} is there, and can be booked.`,
  nothing: `The hotel had room ${room} before. Nothing was added.`
})

/** Whether it was done. */
const push = async (at: string, { data, done, nothing, path }: Asked): Promise<boolean> => {
  if (busy.value !== undefined) return false
  busy.value = at
  last.value = undefined
  const answer = await command(path, data)
  busy.value = undefined
  const said = (): Said => {
    if (!answer.ok) return { tone: "no", problem: answer.problem }
    return answer.body.facts.length > 0 ? { tone: "good", text: done } : { tone: "info", text: nothing }
  }
  last.value = { at, said: said() }
  return answer.ok
}

/** What was said of a room's cleaning, if it was no: also that nobody knows what came of it, before a reload. */
export const cleaningTold = (room: number): Said | undefined => {
  const at = atRoom(room)
  const said = saidAt(at)
  if (said) return said.tone === "no" ? said : undefined
  const { data, path } = cleaning(room)
  return busy.value !== at && isOpen(path, data) ? { tone: "no", problem: unknownOutcome } : undefined
}

export const clean = (room: number, at: string): Promise<boolean> => push(at, cleaning(room))
export const add = (room: number): Promise<boolean> => push(atAdd, adding(room))
