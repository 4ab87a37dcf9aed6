import { effect, signal } from "@preact/signals"
import type { Operations } from "../../../../src/layers/blueprint/operations.ts"
import { command, isOpen, unknownOutcome } from "../../api/command.ts"
import { call } from "../../api/http.ts"
import { followParked } from "../../api/parked.ts"
import { setAsideOf } from "../../ui/setAside.ts"
import { type Day, days, spoken, today } from "../shared/dates.ts"
import type { Said } from "../shared/Notice.tsx"
import { refreshed, rowsOf } from "../shared/refreshed.ts"

export interface Cleaning {
  readonly room: { readonly id: number }
  readonly team?: string
  readonly done: boolean
}

interface Plan {
  readonly date: Day
  readonly rooms: ReadonlyArray<Cleaning>
  /** How many events the row lacks. */
  readonly deadLetters?: number
}

export const daysShown = 7

export const chosen = signal<Day>(today())
/** The first of the days that are shown beside each other. */
export const first = signal<Day>(today())
/** Of each day that is known. */
export const plans = signal<ReadonlyMap<Day, ReadonlyArray<Cleaning>>>(new Map())
/** How many events each of these days lacks, because they were set aside. */
export const lacking = signal<ReadonlyMap<Day, number>>(new Map())
export const rooms = signal(0)
/** How many events the number of rooms lacks. */
export const roomsLack = signal(0)
export const operations = signal<Operations>()
/** By what was asked: `clean/7`, `another`, `add`. */
export const said = signal<{ readonly about: string; readonly said: Said }>()
export const busy = signal<string>()

const ask = async (after: number) => {
  const asked = days(first.value, daysShown)
  const range = `${asked[0]}..${asked.at(-1)}`
  const [answer, all] = await Promise.all([
    rowsOf<Plan>(`/views/cleanup-schedule?date=${range}&after=${after}`),
    call<{ readonly rooms: ReadonlyArray<unknown>; readonly deadLetters?: number }>("/rooms")
  ])
  if (!answer.ok) return answer
  const planned = new Map(answer.body.rows.map((plan) => [plan.date, plan]))
  const missing = (day: Day) =>
    planned.get(day)?.deadLetters ?? setAsideOf(answer.body.deadLetters ?? [], { date: day })
  lacking.value = new Map(asked.map((day) => [day, missing(day)]))
  // A day without a row has nothing to clean, unless the row is missing because its events were set aside.
  plans.value = new Map(
    asked.flatMap((day) => {
      const plan = planned.get(day)?.rooms
      return plan || missing(day) === 0 ? [[day, plan ?? []] as const] : []
    })
  )
  if (all.ok) {
    rooms.value = all.body.rooms.length
    roomsLack.value = all.body.deadLetters ?? 0
  }
  return { ...answer, body: answer.body }
}

const pollMillis = 2_000
const poll = async () => {
  const answer = await call<Operations>("/operations")
  if (answer.ok) {
    operations.value = answer.body
    await followParked(answer.body)
  }
  setTimeout(poll, pollMillis)
}

export const start = (): void => {
  const fresh = refreshed(["room-cleanup", "hotel-admin"], ask)
  let before = first.value
  effect(() => {
    if (first.value === before) return
    before = first.value
    fresh.now()
  })
  void poll()
}

interface Asked {
  readonly path: string
  readonly data: unknown
}

const cleaning = (room: number): Asked => ({
  path: "/mutation/cleanup",
  data: { room: { id: room }, date: chosen.value }
})
const adding = (room: number): Asked => ({ path: "/mutation/add-room", data: { room: { id: room } } })

const push = async (about: string, { data, path }: Asked, done: string) => {
  if (busy.value) return
  busy.value = about
  const answer = await command(path, data)
  busy.value = undefined
  said.value = { about, said: answer.ok ? { good: true, text: done } : { good: false, problem: answer.problem } }
}

/** What was said of a room's cleaning, if it was no: also that nobody knows what came of it, before a reload. */
export const cleaningTold = (room: number, about: string): Said | undefined => {
  const { path, data } = cleaning(room)
  if (said.value?.about === about) return said.value.said.good ? undefined : said.value.said
  return busy.value !== about && isOpen(path, data) ? { good: false, problem: unknownOutcome } : undefined
}

export const clean = (room: number, about: string): Promise<void> =>
  push(about, cleaning(room), `Room ${room} is clean for ${spoken(chosen.value)}.`)

export const add = (room: number): Promise<void> =>
  push("add", adding(room), `Room ${room} is there, and can be booked.`)
