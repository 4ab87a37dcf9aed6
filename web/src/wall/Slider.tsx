import { signal } from "@preact/signals"
import type { Totals } from "../../../src/layers/blueprint/operations.ts"
import type { FactsPage, Seen } from "../../../src/layers/blueprint/seen.ts"
import { type Answer, call } from "../api/http.ts"
import { count, when } from "../ui/format.ts"
import { moment, position, then, wanted } from "./state.ts"

const looking = signal(false)
const trouble = signal("")
const restMillis = 120

/** The end of the slider: what is appended while somebody looks at the past does not move what they hold. */
const end = signal(0)

let asking = new AbortController()

const go = (to: number | undefined) => {
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
  setTimeout(() => signal.aborted || look(to, signal), restMillis)
}

/** The most events of one command that are looked for behind a position. */
const maxBatch = 16

/** The position of the last event that was stored together with the one at `to`: no moment lies between them. */
const endOfCommand = (to: number, at: Answer<Seen>, near: Answer<FactsPage>): number => {
  if (!at.ok || !near.ok || at.body.commandid === undefined) return to
  const together = new Set(
    near.body.facts.filter(({ commandid }) => commandid === at.body.commandid).map(({ position }) => position)
  )
  let last = to
  while (together.has(last + 1)) last++
  return last
}

const look = async (to: number, signal: AbortSignal) => {
  looking.value = true
  const [at, near] = await Promise.all([
    call<Seen>(`/facts/${to}`, { signal }),
    call<FactsPage>(`/facts?before=${to + maxBatch + 1}&limit=${maxBatch}`, { signal })
  ])
  const upTo = endOfCommand(to, at, near)
  const totals = await call<Totals>(`/operations/at/${upTo}`, { signal })
  if (signal.aborted) return
  looking.value = false
  wanted.value = upTo
  moment.value = at.ok ? at.body : undefined
  if (totals.ok) then.value = totals.body
  else trouble.value = totals.problem.detail
}

/** Goes to a position of the log, from anywhere on the page. */
export const goTo = (to: number): void =>
  go(to >= (wanted.value === undefined ? position.value : end.value) ? undefined : to)

/** The log's positions, as time: the wall shows how things stood then. */
export const Slider = () => {
  const isPast = wanted.value !== undefined
  const to = wanted.value ?? position.value
  const time = moment.value?.time
  const said = isPast ? `as of ${count(to)}${time ? `, ${when(time)}` : ""}` : "now"
  return (
    <div class={isPast ? "time past" : "time"}>
      <label for="time">time</label>
      <input
        id="time"
        type="range"
        min={0}
        max={isPast ? end.value : position.value}
        value={to}
        aria-valuetext={said}
        onInput={({ currentTarget }) => goTo(Number(currentTarget.value))}
      />
      <output for="time">
        {trouble.value || said}
        {looking.value && <progress aria-label="Reading the log" />}
      </output>
      <button type="button" class="small" disabled={!isPast} onClick={() => go(undefined)}>
        back to now
      </button>
    </div>
  )
}
