import { useEffect, useRef } from "preact/hooks"
import { count, summarize, plural } from "../ui/format.ts"
import { Search } from "./search/Search.tsx"
import { Tools } from "./Tools.tsx"
import { loaded, eventAt, newest, position, unknownTypes, subject, totalsAt, wall } from "./wallState.ts"

/** What is said where no fact is known. */
const emptyText = () => {
  if (totalsAt.value) return "The log has no fact at this position."
  if (!loaded.value || position.value > 0) return "Reading the log…"
  return "The log is empty; nothing has happened yet."
}

/** What happened last, or at the moment that the wall shows; and where it goes. */
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
      <button type="button" onClick={() => (subject.value = { kind: "event", position: event.position })}>
        <span class="code">{count(event.position)}</span> <b>{event.type}</b>{" "}
        {event.unknown === undefined ? summarize(event.data) : event.voided ? "void" : "cannot be read"}
      </button>
      <span class="because">
        {event.source.split("/")[2] ?? "of no command"}
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

/** The links that the page itself came with: this wall knows the API, and no screen of any board. */
const ExternalLinks = () => {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => place.current!.append(document.getElementById("elsewhere")!), [])
  return <div ref={place} />
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
