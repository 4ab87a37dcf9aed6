import { type Day, dayOfMonth, days, month, plusDays, today, weekday } from "../shared/dates.ts"
import { chosen, daysShown, first, plans } from "./state.ts"

const Tab = ({ day }: { readonly day: Day }) => {
  const known = plans.value.get(day)
  const all = known ?? []
  const done = all.filter(({ done }) => done).length
  return (
    <button
      type="button"
      class={`day${day === chosen.value ? " chosen" : ""}`}
      aria-pressed={day === chosen.value}
      onClick={() => (chosen.value = day)}
    >
      <span>{day === today() ? "today" : weekday(day)} </span>
      <b>{dayOfMonth(day)} </b>
      <span>{month(day)} </span>
      <span class="share">
        {!known ? "…" : all.length === 0 ? "–" : `${done}/${all.length}`}
        <span class="visually-hidden">{!known ? "not known" : all.length === 0 ? "nothing to clean" : " clean"}</span>
      </span>
      <progress max={Math.max(1, all.length)} value={done} aria-hidden="true" />
    </button>
  )
}

const go = (by: number) => {
  first.value = plusDays(first.value, by)
  chosen.value = plusDays(chosen.value, by)
}

/** A week, and how far each day's cleaning has come. */
export const Days = () => (
  <div class="days" role="group" aria-label="Days">
    <button type="button" class="turn" aria-label="A week earlier" onClick={() => go(-daysShown)}>
      ‹
    </button>
    <div class="strip">
      {days(first.value, daysShown).map((day) => (
        <Tab key={day} day={day} />
      ))}
    </div>
    <button type="button" class="turn" aria-label="A week later" onClick={() => go(daysShown)}>
      ›
    </button>
  </div>
)
