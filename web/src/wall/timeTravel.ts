import { signal } from "@preact/signals"
import type { EventPage, EventView } from "../../../src/layers/contract/eventSchema.ts"
import type { Totals } from "../../../src/layers/contract/operationsSchema.ts"
import { type Answer, call } from "../api/httpClient.ts"
import { eventAt, position, totalsAt, requestedPosition } from "./wallState.ts"

// The time that the wall shows: now, or the moment of a position of the log.

/** The log is being read up to the requested position. */
export const isLoading = signal(false)
export const loadError = signal("")
const debounceMillis = 120

/** The end of the slider while the wall shows the past: fixed, so that appended events do not move the slider. */
export const sliderEnd = signal(0)

let pendingLoad = new AbortController()

/**
 * Shows the state at a position, or now.
 *
 * @param from the position that a step or a drag starts from
 */
export const showPosition = (to: number | undefined, from?: number): void => {
  pendingLoad.abort()
  pendingLoad = new AbortController()
  const { signal } = pendingLoad
  if (requestedPosition.value === undefined) sliderEnd.value = position.value
  requestedPosition.value = to
  loadError.value = ""
  if (to === undefined) {
    totalsAt.value = undefined
    eventAt.value = undefined
    isLoading.value = false
    return
  }
  setTimeout(() => signal.aborted || loadPosition(to, from, signal), debounceMillis)
}

/** The number of events before and after a position that are searched for others of the same command. */
const maxBatch = 16

/** The first and the last position of the events that were stored together with the one at `to`. */
const commandAt = (to: number, at: Answer<EventView>, near: Answer<EventPage>) => {
  if (!at.ok || !near.ok || at.body.commandid === undefined) return { first: to, last: to }
  const together = new Set(
    near.body.facts.filter(({ commandid }) => commandid === at.body.commandid).map(({ position }) => position)
  )
  let [first, last] = [to, to]
  while (together.has(first - 1)) first--
  while (together.has(last + 1)) last++
  return { first, last }
}

/**
 * The position to show instead of one that has no event, but a copy or a check: of the event before it, or on a step
 * forward of the one after it. The position itself if it has an event, or if that is not known.
 */
const eventPosition = (to: number, from: number | undefined, near: Answer<EventPage>): number => {
  if (!near.ok || near.body.facts.some(({ position }) => position === to)) return to
  const events = near.body.facts.map(({ position }) => position)
  if (from === undefined || to < from) return events.find((position) => position < to) ?? to
  return events.findLast((position) => position > to) ?? Math.min(to + maxBatch, position.value)
}

/**
 * There is no moment between events that one command stored together: the wall shows the last of them, or, on a step
 * back from there, the position before the first.
 */
const loadPosition = async (to: number, from: number | undefined, signal: AbortSignal): Promise<void> => {
  isLoading.value = true
  const [at, near] = await Promise.all([
    call<EventView>(`/facts/${to}`, { signal }),
    call<EventPage>(`/facts?before=${to + maxBatch + 1}&limit=${2 * maxBatch + 1}`, { signal })
  ])
  if (signal.aborted) return
  const event = eventPosition(to, from, near)
  if (event !== to) return loadPosition(event, from, signal)
  const { first, last } = commandAt(to, at, near)
  if (last === from && to < from) return loadPosition(first - 1, undefined, signal)
  if (from !== undefined && last >= position.value) return showPosition(undefined)
  const totals = await call<Totals>(`/operations/at/${last}`, { signal })
  if (signal.aborted) return
  isLoading.value = false
  if (totals.ok) {
    requestedPosition.value = last
    eventAt.value = at.ok ? at.body : undefined
    totalsAt.value = totals.body
  } else {
    // The wall keeps the state that it shows.
    requestedPosition.value = totalsAt.value?.position
    loadError.value = totals.problem.detail
  }
}

/** The wall's position on the slider, and the slider's end. */
const sliderState = () => {
  const last = requestedPosition.value === undefined ? position.value : sliderEnd.value
  return { at: requestedPosition.value ?? last, last }
}

/** Goes to a position of the log, without regard to the position shown. */
export const goTo = (to: number): void => showPosition(to >= sliderState().last ? undefined : to)

/** Moves from the position shown, as the slider does. */
export const slideTo = (to: number): void => {
  const { at, last } = sliderState()
  showPosition(to >= last ? undefined : to, at)
}
