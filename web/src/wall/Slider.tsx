import { count, formatTime } from "../ui/format.ts"
import { sliderEnd, isLoading, showPosition, slideTo, loadError } from "./timeTravel.ts"
import { eventAt, position, requestedPosition } from "./wallState.ts"

/** A slider over the positions of the log: the wall shows the state at the chosen one. */
export const Slider = () => {
  const isPast = requestedPosition.value !== undefined
  const to = requestedPosition.value ?? position.value
  const time = eventAt.value?.time
  const label = isPast ? `as of ${count(to)}${time ? `, ${formatTime(time)}` : ""}` : "now"
  return (
    <div class={isPast ? "time past" : "time"}>
      <label for="time">time</label>
      <input
        id="time"
        type="range"
        min={0}
        max={isPast ? sliderEnd.value : position.value}
        value={to}
        aria-valuetext={label}
        onInput={({ currentTarget }) => slideTo(Number(currentTarget.value))}
      />
      <output for="time">
        {loadError.value || label}
        {isLoading.value && <progress aria-label="Reading the log" />}
      </output>
      <button type="button" class="small" disabled={!isPast} onClick={() => showPosition(undefined)}>
        back to now
      </button>
    </div>
  )
}
