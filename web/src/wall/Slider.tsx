import { count, when } from "../ui/format.ts"
import { moment, position, wanted } from "./state.ts"
import { end, looking, show, slideTo, trouble } from "./time.ts"

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
        onInput={({ currentTarget }) => slideTo(Number(currentTarget.value))}
      />
      <output for="time">
        {trouble.value || said}
        {looking.value && <progress aria-label="Reading the log" />}
      </output>
      <button type="button" class="small" disabled={!isPast} onClick={() => show(undefined)}>
        back to now
      </button>
    </div>
  )
}
