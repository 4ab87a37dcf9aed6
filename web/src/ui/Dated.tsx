import { formatTime } from "./format.ts"

const date = /(\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}[\d:.]*Z?)?)/u

/** Text whose dates are not broken across lines. */
export const Dated = ({ text }: { readonly text: string }) => (
  <>{text.split(date).map((part, n) => (n % 2 === 1 ? <span class="date">{part}</span> : part))}</>
)

/** A point in time, as short as possible. */
export const Moment = ({ time }: { readonly time: string }) => (
  <time class="date" datetime={time}>
    {formatTime(time)}
  </time>
)
