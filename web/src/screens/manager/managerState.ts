import { batch, computed, effect, signal } from "@preact/signals"
import type { Operations, Rows } from "../../../../src/layers/contract/operationsSchema.ts"
import { refreshDeadLetters, countDeadLetters } from "../../api/deadLetterApi.ts"
import type { Problem } from "../../api/httpClient.ts"
import { missingEventCount } from "../../ui/missingEvents.ts"
import { type Day, days } from "../shared/dates.ts"
import { read, liveQuery, rowsOf } from "../shared/liveQuery.ts"
import { daysShown, firstDay, selectedDay } from "./managerAddress.ts"

export interface Cleaning {
  readonly room: { readonly id: number }
  readonly team?: string
  readonly done: boolean
}

interface Plan {
  readonly date: Day
  readonly rooms: ReadonlyArray<Cleaning>
  /** The number of events that the row lacks. */
  readonly deadLetters?: number
}

export interface Booking {
  readonly room: { readonly id: number }
  readonly date: Day
  readonly availability: "free" | "booked" | "available" | "occupied"
  readonly client?: { readonly id: number }
  readonly deadLetters?: number
}

type BookingRows = Omit<Rows, "rows"> & { readonly rows: ReadonlyArray<Booking> }

interface DayBookings {
  readonly day: Day
  /** By room; without nights that are free again. */
  readonly rows: ReadonlyArray<Booking>
  /** The number of dead-lettered events that the list lacks. */
  readonly missing: number
  /** Whether the answer was cut off. */
  readonly more: boolean
}

/** The bookings of the day that was loaded last; undefined until loaded. */
export const bookings = signal<DayBookings>()
/** The plan of each day that is known. */
export const plans = signal<ReadonlyMap<Day, ReadonlyArray<Cleaning>>>(new Map())
/** The number of dead-lettered events that each of these days lacks. */
export const missingEvents = signal<ReadonlyMap<Day, number>>(new Map())
/** The number of rooms of the hotel; undefined until loaded. */
export const rooms = signal<number>()
/** The number of events that the list of rooms lacks. */
export const roomsMissingEvents = signal(0)
export const operations = signal<Operations>()
/** Why the state of the hotel's bots and lists is unknown; undefined while it is known. */
export const operationsTrouble = signal<Problem>()
/** Whether the user may see the state of bots and lists, which is for operators. */
export const maySeeOperations = computed(() => operationsTrouble.value?.code !== "NotPermitted")

/** The day whose bookings are loaded, or being loaded. */
let loadedDay: Day | undefined

const bookingsOf = (day: Day, { deadLetters, more, rows }: BookingRows): DayBookings => ({
  day,
  rows: rows.filter(({ availability }) => availability !== "free").toSorted((a, b) => a.room.id - b.room.id),
  missing:
    missingEventCount(deadLetters ?? [], { date: day }) + rows.reduce((sum, row) => sum + (row.deadLetters ?? 0), 0),
  more
})

const loadPlans = async (after: number) => {
  const shownDays = days(firstDay.value, daysShown)
  const day = (loadedDay = selectedDay.value)
  const range = `${shownDays[0]}..${shownDays.at(-1)}`
  const [answer, booked, all] = await Promise.all([
    rowsOf<Plan>(`/views/cleanup-schedule?date=${range}&after=${after}`),
    rowsOf<Booking>(`/views/booking?date=${day}&limit=5000&after=${after}`),
    read<{ readonly rooms: ReadonlyArray<unknown>; readonly deadLetters?: number }>("/rooms")
  ])
  if (!answer.ok) return answer
  if (!booked.ok) return booked
  if (!all.ok) return all
  const planned = new Map(answer.body.rows.map((plan) => [plan.date, plan]))
  const missingEventsOf = (day: Day) =>
    planned.get(day)?.deadLetters ?? missingEventCount(answer.body.deadLetters ?? [], { date: day })
  batch(() => {
    missingEvents.value = new Map(shownDays.map((day) => [day, missingEventsOf(day)]))
    // A day without a row has nothing to clean, unless the row is missing because its events are dead-lettered.
    plans.value = new Map(
      shownDays.flatMap((day) => {
        const plan = planned.get(day)?.rooms
        return plan || missingEventsOf(day) === 0 ? [[day, plan ?? []] as const] : []
      })
    )
    bookings.value = bookingsOf(day, booked.body)
    rooms.value = all.body.rooms.length
    roomsMissingEvents.value = all.body.deadLetters ?? 0
  })
  return { ...answer, body: answer.body }
}

const pollMillis = 2_000
const deadLettersUnknown: Problem = { status: 503, code: "StoreUnavailable", title: "", detail: "" }

const poll = async () => {
  const answer = await read<Operations>("/operations")
  if (answer.ok) {
    operations.value = answer.body
    operationsTrouble.value = countDeadLetters(answer.body) === null ? deadLettersUnknown : undefined
    await refreshDeadLetters(answer.body)
  } else operationsTrouble.value = answer.problem
  if (!maySeeOperations.value) return
  setTimeout(poll, pollMillis)
}

export const start = (): void => {
  const livePlans = liveQuery(["room-cleanup", "room-booking", "hotel-admin"], loadPlans)
  let before = firstDay.value
  effect(() => {
    const isLoadedDay = selectedDay.value === loadedDay
    if (firstDay.value === before && isLoadedDay) return
    before = firstDay.value
    livePlans.now()
  })
  void poll()
}
