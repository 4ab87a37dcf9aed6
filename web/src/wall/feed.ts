import { batch } from "@preact/signals"
import type { Counts, EventPage, EventView } from "../../../src/layers/contract/eventSchema.ts"
import type { Totals } from "../../../src/layers/contract/operationsSchema.ts"
import type { CommandRejections } from "../../../src/layers/contract/rejectionsSchema.ts"
import { call } from "../api/httpClient.ts"
import { currentCount, newest, position, rate, rejections, unknownTypes } from "./wallState.ts"

// Applies the server's events to the state of the wall, and notifies the watchers that animate them.

export type FeedItem =
  | { readonly is: "events"; readonly events: ReadonlyArray<EventView> }
  /** Events that the server merged because there were too many: the additional number of each type. */
  | { readonly is: "counts"; readonly times: ReadonlyMap<string, number> }
  | {
      readonly is: "rejected"
      readonly command: string
      readonly times: number
      readonly last: NonNullable<CommandRejections["last"]>
    }

type Watcher = (item: FeedItem) => void
const watchers = new Set<Watcher>()
/** Subscribes to feed items; the result unsubscribes. */
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

/** Batches events, so that the wall renders at most once a frame. */
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
  notify({ is: "events", events })
}

/** An event without a lane is not on the board; it is counted by the type in the log. */
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

/** Merged counts carry no event data, so the newest events are requested at this interval. */
const catchUpMillis = 500
let catchUpTimer: ReturnType<typeof setTimeout> | undefined
export const catchUp = async (): Promise<void> => {
  const last = await call<EventPage>("/facts?limit=10")
  catchUpTimer = undefined
  const known = newest.value[0]?.position ?? 0
  if (last.ok && (last.body.facts[0]?.position ?? 0) > known) newest.value = last.body.facts
}

/** Reloads a message among the newest that was declared void after it arrived. */
export const refreshVoided = async (position: number): Promise<void> => {
  const answer = await call<EventView>(`/facts/${position}`)
  if (answer.ok) newest.value = newest.value.map((event) => (event.position === position ? answer.body : event))
}

/** The number of rejections of each command that watchers were notified of, or that preceded the page. */
const notifiedCounts = new Map<string, number>()

/** Sets polled rejection counts. Watchers are not notified: these rejections are not necessarily new. */
export const setRejections = (commands: Readonly<Record<string, CommandRejections>> | null): void => {
  if (commands === null) return
  for (const [command, { count }] of Object.entries(commands))
    if (!notifiedCounts.has(command)) notifiedCounts.set(command, count)
  rejections.value = commands
}

/** Applies streamed rejections and notifies the watchers of the new ones. */
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
/** Updates the rate of events from the arrivals of the last `rateMillis`. */
export const measureRate = (): void => {
  arrivals = arrivals.filter(({ at }) => at > performance.now() - rateMillis)
  rate.value = (arrivals.reduce((sum, { times }) => sum + times, 0) * 1_000) / rateMillis
}
