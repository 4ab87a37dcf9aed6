import { signal } from "@preact/signals"
import type { FactsPage, Seen } from "../../../src/layers/contract/eventSchema.ts"
import type { Totals } from "../../../src/layers/contract/operationsSchema.ts"
import { type Answer, call } from "../api/http.ts"
import { moment, position, then, wanted } from "./state.ts"

// The time that the wall shows: now, or the moment of some position of the log.

/** The log is being read up to the position that was asked for. */
export const looking = signal(false)
export const trouble = signal("")
const restMillis = 120

/** The end of the slider: what is appended while somebody looks at the past does not move what they hold. */
export const end = signal(0)

let asking = new AbortController()

/**
 * Shows how things stood at a position, or now.
 *
 * @param from the position that one goes on from, by a step or by dragging
 */
export const show = (to: number | undefined, from?: number): void => {
  asking.abort()
  asking = new AbortController()
  const { signal } = asking
  if (wanted.value === undefined) end.value = position.value
  wanted.value = to
  trouble.value = ""
  if (to === undefined) {
    then.value = undefined
    moment.value = undefined
    looking.value = false
    return
  }
  setTimeout(() => signal.aborted || look(to, from, signal), restMillis)
}

/** The most events of one command that are looked for around a position. */
const maxBatch = 16

/** The first and the last position of the events that were stored together with the one at `to`. */
const commandAt = (to: number, at: Answer<Seen>, near: Answer<FactsPage>) => {
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
const look = async (to: number, from: number | undefined, signal: AbortSignal): Promise<void> => {
  looking.value = true
  const [at, near] = await Promise.all([
    call<Seen>(`/facts/${to}`, { signal }),
    call<FactsPage>(`/facts?before=${to + maxBatch + 1}&limit=${2 * maxBatch + 1}`, { signal })
  ])
  const { first, last } = commandAt(to, at, near)
  if (signal.aborted) return
  if (last === from && to < from) return look(first - 1, undefined, signal)
  if (from !== undefined && last >= position.value) return show(undefined)
  const totals = await call<Totals>(`/operations/at/${last}`, { signal })
  if (signal.aborted) return
  looking.value = false
  if (totals.ok) {
    wanted.value = last
    moment.value = at.ok ? at.body : undefined
    then.value = totals.body
  } else {
    // The wall goes on showing what it showed.
    wanted.value = then.value?.position
    trouble.value = totals.problem.detail
  }
}

/** Where the wall stands on the slider, and where the slider ends. */
const stand = () => {
  const last = wanted.value === undefined ? position.value : end.value
  return { at: wanted.value ?? last, last }
}

/** Goes to a position of the log, from anywhere on the page. */
export const goTo = (to: number): void => show(to >= stand().last ? undefined : to)

/** Goes on from where the wall stands. */
export const slideTo = (to: number): void => {
  const { at, last } = stand()
  show(to >= last ? undefined : to, at)
}
