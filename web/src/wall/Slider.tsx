import { signal } from "@preact/signals"
import type { Totals } from "../../../src/layers/blueprint/operations.ts"
import type { Seen } from "../../../src/layers/blueprint/seen.ts"
import { call } from "../api/http.ts"
import { count, when } from "../ui/format.ts"
import { moment, position, then } from "./state.ts"

/** Where the slider stands; nothing: at the end, which goes on. */
const wanted = signal<number>()
const looking = signal(false)
const trouble = signal("")
const restMillis = 120

let asking = new AbortController()

const go = (to: number | undefined) => {
  asking.abort()
  asking = new AbortController()
  const { signal } = asking
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

const look = async (to: number, signal: AbortSignal) => {
  looking.value = true
  const [totals, at] = await Promise.all([
    call<Totals>(`/operations/at/${to}`, { signal }),
    call<Seen>(`/facts/${to}`, { signal })
  ])
  if (signal.aborted) return
  looking.value = false
  moment.value = at.ok ? at.body : undefined
  if (totals.ok) then.value = totals.body
  else trouble.value = totals.problem.detail
}

/** Goes to a position of the log, from anywhere on the page. */
export const goTo = (to: number): void => go(to >= position.value ? undefined : to)

/** The log's positions, as time: the wall shows how things stood then. */
export const Slider = () => {
  const to = wanted.value ?? position.value
  const time = moment.value?.time
  const said = wanted.value === undefined ? "now" : `as of ${count(to)}${time ? `, ${when(time)}` : ""}`
  return (
    <div class={wanted.value === undefined ? "time" : "time past"}>
      <label for="time">time</label>
      <input
        id="time"
        type="range"
        min={0}
        max={position.value}
        value={to}
        aria-valuetext={said}
        onInput={({ currentTarget }) => goTo(Number(currentTarget.value))}
      />
      <output for="time">
        {trouble.value || said}
        {looking.value && <progress aria-label="Reading the log" />}
      </output>
      {wanted.value !== undefined && (
        <button type="button" class="small" onClick={() => go(undefined)}>
          back to now
        </button>
      )}
    </div>
  )
}
