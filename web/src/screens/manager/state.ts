import { batch, effect, signal } from "@preact/signals"
import type { Operations } from "../../../../src/layers/contract/operationsSchema.ts"
import type { Problem } from "../../api/http.ts"
import { followParked, parkedIn } from "../../api/parked.ts"
import { setAsideOf } from "../../ui/setAside.ts"
import { type Day, days } from "../shared/dates.ts"
import { read, refreshed, rowsOf } from "../shared/refreshed.ts"
import { daysShown, first } from "./place.ts"

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

/** Of each day that is known. */
export const plans = signal<ReadonlyMap<Day, ReadonlyArray<Cleaning>>>(new Map())
/** How many events each of these days lacks, because they were set aside. */
export const lacking = signal<ReadonlyMap<Day, number>>(new Map())
/** How many rooms the hotel has; undefined until it is known. */
export const rooms = signal<number>()
/** How many events the number of rooms lacks. */
export const roomsLack = signal(0)
export const operations = signal<Operations>()
/** Why it is not known right now how the hotel's bots and lists get on; nothing while it is. */
export const operationsTrouble = signal<Problem>()

const ask = async (after: number) => {
  const asked = days(first.value, daysShown)
  const range = `${asked[0]}..${asked.at(-1)}`
  const [answer, all] = await Promise.all([
    rowsOf<Plan>(`/views/cleanup-schedule?date=${range}&after=${after}`),
    read<{ readonly rooms: ReadonlyArray<unknown>; readonly deadLetters?: number }>("/rooms")
  ])
  if (!answer.ok) return answer
  if (!all.ok) return all
  const planned = new Map(answer.body.rows.map((plan) => [plan.date, plan]))
  const missing = (day: Day) =>
    planned.get(day)?.deadLetters ?? setAsideOf(answer.body.deadLetters ?? [], { date: day })
  batch(() => {
    lacking.value = new Map(asked.map((day) => [day, missing(day)]))
    // A day without a row has nothing to clean, unless the row is missing because its events were set aside.
    plans.value = new Map(
      asked.flatMap((day) => {
        const plan = planned.get(day)?.rooms
        return plan || missing(day) === 0 ? [[day, plan ?? []] as const] : []
      })
    )
    rooms.value = all.body.rooms.length
    roomsLack.value = all.body.deadLetters ?? 0
  })
  return { ...answer, body: answer.body }
}

const pollMillis = 2_000
const unknownParked: Problem = { status: 503, code: "StoreUnavailable", title: "", detail: "" }

const poll = async () => {
  const answer = await read<Operations>("/operations")
  if (answer.ok) {
    operations.value = answer.body
    operationsTrouble.value = parkedIn(answer.body) === null ? unknownParked : undefined
    await followParked(answer.body)
  } else operationsTrouble.value = answer.problem
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
