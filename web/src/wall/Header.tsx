import { Connection } from "../ui/Connection.tsx"
import { count, plural } from "../ui/format.ts"
import { SignedIn } from "../ui/SignedIn.tsx"
import { Slider } from "./Slider.tsx"
import {
  loaded,
  deadLetterCount,
  position,
  rate,
  status,
  subject,
  totalsAt,
  isLogUnreachable,
  wall,
  requestedPosition
} from "./wallState.ts"

const Live = () => {
  if (requestedPosition.value !== undefined) return null
  const rateText =
    rate.value >= 0.1
      ? ` · ${rate.value >= 10 ? count(Math.round(rate.value)) : rate.value.toFixed(1)} events a second`
      : ""
  const isLogDown = isLogUnreachable.value && status.value !== "lost"
  return (
    <Connection status={status.value} issue={isLogDown ? "the log is not reachable" : undefined}>
      {status.value === "live" && !isLogDown && <span aria-hidden="true">{rateText}</span>}
    </Connection>
  )
}

const DeadLetterButton = () =>
  // Dead letters are not known for the past.
  deadLetterCount.value === 0 || requestedPosition.value !== undefined ? null : (
    <button type="button" class="alarming" onClick={() => (subject.value = { kind: "parked" })}>
      {plural(deadLetterCount.value, "dead letter")}
    </button>
  )

export const Header = () => {
  const { board } = wall.value!
  return (
    <header class="top">
      <h1>{board.title}</h1>
      <p class="about">
        <span>{loaded.value ? `position ${count(totalsAt.value?.position ?? position.value)}` : "loading…"}</span>
        <span>{plural(board.slices.length, "slice")}</span>
        <span>{plural(board.lanes.length, "lane")}</span>
      </p>
      <DeadLetterButton />
      <Live />
      <Slider />
      <SignedIn />
    </header>
  )
}
