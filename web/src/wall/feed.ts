import { batch } from "@preact/signals"
import type { Counts, EventPage, EventView } from "../../../src/layers/contract/eventSchema.ts"
import type { Totals } from "../../../src/layers/contract/operationsSchema.ts"
import type { CommandRejections } from "../../../src/layers/contract/rejectionsSchema.ts"
import { call } from "../api/http.ts"
import { currentCount, newest, position, rate, rejections, unknownTypes } from "./wallState.ts"

// What happens, as the server tells it, taken into the state of the wall; and told to whoever shows it.

export type FeedItem =
  | { readonly is: "facts"; readonly events: ReadonlyArray<EventView> }
  /** Too many events to have each of them: how many more there are of each type. */
  | { readonly is: "counts"; readonly times: ReadonlyMap<string, number> }
  | {
      readonly is: "rejected"
      readonly command: string
      readonly times: number
      readonly last: NonNullable<CommandRejections["last"]>
    }

type Watcher = (item: FeedItem) => void
const watchers = new Set<Watcher>()
/** Calls back for all that happens, until it is told to stop. */
export const onFeedItem = (watcher: Watcher): (() => void) => {
  watchers.add(watcher)
  return () => void watchers.delete(watcher)
}
const notify = (item: FeedItem) => {
  for (const watcher of watchers) watcher(item)
}

export const applyTotals = ({ facts, unknown, position: upTo }: Totals): void =>
  batch(() => {
    for (const [type, count] of Object.entries({ ...unknown, ...facts })) currentCount(type).value = count
    unknownTypes.value = Object.keys(unknown)
    position.value = upTo
  })

const maxNewestEvents = 40
let pendingEvents: Array<EventView> = []

/** Facts come as they like; the wall takes them once a frame. */
const flush = () => {
  const events = pendingEvents
  pendingEvents = []
  batch(() => {
    for (const event of events) {
      const type = typeOf(event)
      const count = currentCount(type)
      count.value = { count: count.value.count + 1, position: event.position, time: event.time }
    }
    position.value = Math.max(position.value, events.at(-1)!.position)
    newest.value = [...events.toReversed(), ...newest.value].slice(0, maxNewestEvents)
  })
  notify({ is: "facts", events })
}

/** What is in no lane is not on the board; it is counted by the name that the log gives it. */
const typeOf = ({ type, lane }: EventView): string => {
  if (lane === undefined && !unknownTypes.value.includes(type)) unknownTypes.value = [...unknownTypes.value, type]
  return type
}

export const receiveEvent = (event: EventView): void => {
  arrivals.push({ at: performance.now(), times: 1 })
  if (pendingEvents.push(event) === 1) requestAnimationFrame(flush)
}

export const applyCounts = ({ types, position: upTo }: Counts): void => {
  const more = new Map<string, number>()
  batch(() => {
    for (const [type, count] of Object.entries(types)) {
      const current = currentCount(type)
      const times = count.count - current.value.count
      current.value = count
      if (times > 0) more.set(type, times)
    }
    position.value = Math.max(position.value, upTo)
  })
  notify({ is: "counts", times: more })
  arrivals.push({ at: performance.now(), times: Array.from(more.values()).reduce((sum, times) => sum + times, 0) })
  catchUpTimer ??= setTimeout(catchUp, catchUpMillis)
}

/** Merged counts do not say what the facts said; the newest are asked for now and then. */
const catchUpMillis = 500
let catchUpTimer: ReturnType<typeof setTimeout> | undefined
export const catchUp = async (): Promise<void> => {
  const last = await call<EventPage>("/facts?limit=10")
  catchUpTimer = undefined
  const known = newest.value[0]?.position ?? 0
  if (last.ok && (last.body.facts[0]?.position ?? 0) > known) newest.value = last.body.facts
}

/** A message among the newest was declared void since it came. */
export const refreshVoided = async (position: number): Promise<void> => {
  const answer = await call<EventView>(`/facts/${position}`)
  if (answer.ok) newest.value = newest.value.map((event) => (event.position === position ? answer.body : event))
}

/** How many rejections of each command were told to watchers, or were there before. */
const notifiedCounts = new Map<string, number>()

/** How rejections stand, which was asked for: nothing that happens just now. */
export const setRejections = (commands: Readonly<Record<string, CommandRejections>> | null): void => {
  if (commands === null) return
  for (const [command, { count }] of Object.entries(commands))
    if (!notifiedCounts.has(command)) notifiedCounts.set(command, count)
  rejections.value = commands
}

/** Rejections that happen. */
export const receiveRejections = (commands: Readonly<Record<string, CommandRejections>>): void => {
  rejections.value = { ...rejections.value, ...commands }
  for (const [command, { count, last }] of Object.entries(commands)) {
    const times = count - (notifiedCounts.get(command) ?? 0)
    notifiedCounts.set(command, count)
    if (times > 0 && last) notify({ is: "rejected", command, times, last })
  }
}

let arrivals: Array<{ readonly at: number; readonly times: number }> = []
const rateMillis = 3_000
/** Counts what has arrived within the last seconds. */
export const measureRate = (): void => {
  arrivals = arrivals.filter(({ at }) => at > performance.now() - rateMillis)
  rate.value = (arrivals.reduce((sum, { times }) => sum + times, 0) * 1_000) / rateMillis
}
