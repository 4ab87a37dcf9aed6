import { type Day, isDay, lastDay } from "./dates.ts"

interface Props {
  readonly label: string
  readonly day: Day
  readonly min?: Day
  readonly onDay: (day: Day) => void
}

/** An input for a day, typed or picked. Days outside the hotel's range are reset. */
export const WhichDay = ({ label, day, min, onDay }: Props) => (
  <label>
    <span class="visually-hidden">{label}</span>
    <input
      type="date"
      value={day}
      min={min}
      max={lastDay}
      onChange={({ currentTarget }) => {
        if (isDay(currentTarget.value) && currentTarget.checkValidity()) onDay(currentTarget.value)
        else currentTarget.value = day
      }}
    />
  </label>
)
