import { useEffect, useRef } from "preact/hooks"
import { count, summarize, plural } from "../ui/format.ts"
import { Search } from "./search/Search.tsx"
import { Tools } from "./Tools.tsx"
import { loaded, eventAt, newest, position, unknownTypes, subject, totalsAt, wall } from "./wallState.ts"

/** The text shown while no event is known. */
const emptyText = () => {
  if (totalsAt.value) return "The log has no event at this position."
  if (!loaded.value || position.value > 0) return "Reading the log…"
  return "The log is empty; nothing has happened yet."
}

/** The newest event, or the event at the position that the wall shows, and its consumers. */
const CurrentEvent = () => {
  const event = totalsAt.value ? eventAt.value : newest.value[0]
  if (!event) return <p class="now muted">{emptyText()}</p>
  const { board } = wall.value!
  const consumers = [
    ...board.automations.filter(({ when }) => when.includes(event.type)).map(({ name }) => name),
    ...board.views.filter(({ reads }) => reads.includes(event.type)).map(({ name }) => name)
  ]
  return (
    <p class="now">
      <button type="button" onClick={() => (subject.value = { kind: "recorded", position: event.position })}>
        <span class="code">{count(event.position)}</span> <b>{event.type}</b>{" "}
        {event.unknown === undefined ? summarize(event.data) : event.voided ? "void" : "cannot be read"}
      </button>
      <span class="because">
        {event.source.split("/")[2] ?? "without a command"}
        {event.actor && ` by ${event.actor}`}
      </span>
      {consumers.length > 0 && <span class="takers">→ {consumers.join(" → ")}</span>}
    </p>
  )
}

const UnknownTypes = () => {
  const types = totalsAt.value ? Object.keys(totalsAt.value.unknown) : unknownTypes.value
  if (types.length === 0) return null
  return (
    <button type="button" class="alarming" onClick={() => (subject.value = { kind: "unknown" })}>
      {plural(types.length, "type")} not on the board
    </button>
  )
}

/** Shows the links of the HTML page: the wall's code knows the API, but no screen of any board. */
const ExternalLinks = () => {
  const container = useRef<HTMLDivElement>(null)
  useEffect(() => container.current!.append(document.getElementById("elsewhere")!), [])
  return <div ref={container} />
}

export const Footer = () => (
  <footer class="bottom">
    <CurrentEvent />
    <UnknownTypes />
    <Search />
    <Tools />
    <ExternalLinks />
  </footer>
)
