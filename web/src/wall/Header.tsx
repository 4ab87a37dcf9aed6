import { Connection } from "../ui/Connection.tsx"
import { count, plural } from "../ui/format.ts"
import { Slider } from "./Slider.tsx"
import { loaded, parkedCount, position, rate, status, subject, then, unreachable, wall, wanted } from "./state.ts"

const Live = () => {
  if (wanted.value !== undefined) return null
  const often =
    rate.value >= 0.1
      ? ` · ${rate.value >= 10 ? count(Math.round(rate.value)) : rate.value.toFixed(1)} facts a second`
      : ""
  const silent = unreachable.value && status.value !== "lost"
  return (
    <Connection status={status.value} amiss={silent ? "the log is not reachable" : undefined}>
      {status.value === "live" && !silent && <span aria-hidden="true">{often}</span>}
    </Connection>
  )
}

const Parked = () =>
  // Of the past it is not known.
  parkedCount.value === 0 || wanted.value !== undefined ? null : (
    <button type="button" class="alarming" onClick={() => (subject.value = { kind: "parked" })}>
      {count(parkedCount.value)} parked
    </button>
  )

export const Header = () => {
  const { board } = wall.value!
  return (
    <header class="top">
      <h1>{board.title}</h1>
      <p class="about">
        <span>{loaded.value ? `position ${count(then.value?.position ?? position.value)}` : "loading…"}</span>
        <span>{plural(board.slices.length, "slice")}</span>
        <span>{plural(board.lanes.length, "lane")}</span>
      </p>
      <Parked />
      <Live />
      <Slider />
    </header>
  )
}
