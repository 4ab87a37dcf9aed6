import { useLayoutEffect, useRef } from "preact/hooks"
import { type Day, dayOfMonth, days, month, plusDays, spoken, today, weekday } from "../shared/dates.ts"
import { loadProblem } from "../shared/liveQuery.ts"
import { selectedDay, daysShown, firstDay, showDay } from "./managerAddress.ts"
import { type Cleaning, plans } from "./managerState.ts"

const progressOf = (plan: ReadonlyArray<Cleaning> | undefined): readonly [shown: string, spoken: string] => {
  if (!plan) return ["…", loadProblem.value ? "not known" : "loading"]
  if (plan.length === 0) return ["–", "nothing to clean"]
  const done = plan.filter(({ done }) => done).length
  return [`${done}/${plan.length}`, `${done} of ${plan.length} rooms clean`]
}

const Tab = ({ day }: { readonly day: Day }) => {
  const tab = useRef<HTMLButtonElement>(null)
  const isChosen = day === selectedDay.value
  const isToday = day === today.value
  const plan = plans.value.get(day)
  const [shown, spokenShare] = progressOf(plan)
  const scrollToTab = () => tab.current?.scrollIntoView({ block: "nearest", inline: "nearest" })
  useLayoutEffect(() => {
    if (isChosen) scrollToTab()
  }, [isChosen])
  return (
    <button
      ref={tab}
      type="button"
      class={`day${isChosen ? " chosen" : ""}`}
      aria-pressed={isChosen}
      onFocus={scrollToTab}
      onClick={() => showDay(day)}
    >
      <span class="visually-hidden">{`${isToday ? "Today, " : ""}${spoken(day)}: ${spokenShare}`}</span>
      <span aria-hidden="true">{isToday ? "today" : weekday(day)}</span>
      <b aria-hidden="true">{dayOfMonth(day)}</b>
      <span aria-hidden="true">{month(day)}</span>
      <span class="share" aria-hidden="true">
        {shown}
      </span>
      <progress
        max={Math.max(1, plan?.length ?? 0)}
        value={plan?.filter(({ done }) => done).length ?? 0}
        aria-hidden="true"
      />
    </button>
  )
}

/** A week of days with their cleaning progress. */
export const Days = () => (
  <div class="days" role="group" aria-label="Days">
    <button
      type="button"
      class="turn"
      aria-label="A week earlier"
      onClick={() => showDay(plusDays(selectedDay.value, -daysShown))}
    >
      ‹
    </button>
    <div class="strip">
      {days(firstDay.value, daysShown).map((day) => (
        <Tab key={day} day={day} />
      ))}
    </div>
    <button
      type="button"
      class="turn"
      aria-label="A week later"
      onClick={() => showDay(plusDays(selectedDay.value, daysShown))}
    >
      ›
    </button>
  </div>
)
