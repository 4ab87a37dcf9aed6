import { signal } from "@preact/signals"
import type { EventPage, EventView } from "../../../src/layers/contract/eventSchema.ts"
import type { Totals } from "../../../src/layers/contract/operationsSchema.ts"
import { type Answer, call } from "../api/http.ts"
import { eventAt, position, totalsAt, requestedPosition } from "./wallState.ts"

// The time that the wall shows: now, or the moment of some position of the log.

/** The log is being read up to the position that was asked for. */
export const isLoading = signal(false)
export const loadError = signal("")
const debounceMillis = 120

/** The end of the slider: what is appended while somebody looks at the past does not move what they hold. */
export const sliderEnd = signal(0)

let pendingLoad = new AbortController()

/**
 * Shows how things stood at a position, or now.
 *
 * @param from the position that one goes on from, by a step or by dragging
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

/** The most events of one command that are looked for around a position. */
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
 * No moment lies between events that were stored together: what is shown is the last of them, or, where one goes back from
 * there by a step, what was before.
 */
const loadPosition = async (to: number, from: number | undefined, signal: AbortSignal): Promise<void> => {
  isLoading.value = true
  const [at, near] = await Promise.all([
    call<EventView>(`/facts/${to}`, { signal }),
    call<EventPage>(`/facts?before=${to + maxBatch + 1}&limit=${2 * maxBatch + 1}`, { signal })
  ])
  const { first, last } = commandAt(to, at, near)
  if (signal.aborted) return
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
    // The wall goes on showing what it showed.
    requestedPosition.value = totalsAt.value?.position
    loadError.value = totals.problem.detail
  }
}

/** Where the wall stands on the slider, and where the slider ends. */
const sliderState = () => {
  const last = requestedPosition.value === undefined ? position.value : sliderEnd.value
  return { at: requestedPosition.value ?? last, last }
}

/** Goes to a position of the log, from anywhere on the page. */
export const goTo = (to: number): void => showPosition(to >= sliderState().last ? undefined : to)

/** Goes on from where the wall stands. */
export const slideTo = (to: number): void => {
  const { at, last } = sliderState()
  showPosition(to >= last ? undefined : to, at)
}
