import { useEffect, useRef } from "preact/hooks"
import { count, inBrief, plural } from "../ui/format.ts"
import { Search } from "./search/Search.tsx"
import { loaded, moment, newest, position, strangers, subject, then, wall } from "./state.ts"
import { Tools } from "./Tools.tsx"

/** What is said where no fact is known. */
const without = () => {
  if (then.value) return "The log has no fact at this position."
  if (!loaded.value || position.value > 0) return "Reading the log…"
  return "The log is empty; nothing has happened yet."
}

/** What happened last, or at the moment that the wall shows; and where it goes. */
const Now = () => {
  const fact = then.value ? moment.value : newest.value[0]
  if (!fact) return <p class="now muted">{without()}</p>
  const { board } = wall.value!
  const takers = [
    ...board.automations.filter(({ when }) => when.includes(fact.type)).map(({ name }) => name),
    ...board.views.filter(({ reads }) => reads.includes(fact.type)).map(({ name }) => name)
  ]
  return (
    <p class="now">
      <button type="button" onClick={() => (subject.value = { kind: "event", position: fact.position })}>
        <span class="code">{count(fact.position)}</span> <b>{fact.type}</b>{" "}
        {fact.unknown === undefined ? inBrief(fact.data) : fact.voided ? "void" : "cannot be read"}
      </button>
      <span class="because">
        {fact.source.split("/")[2] ?? "of no command"}
        {fact.actor && ` by ${fact.actor}`}
      </span>
      {takers.length > 0 && <span class="takers">→ {takers.join(" → ")}</span>}
    </p>
  )
}

const Strangers = () => {
  const types = then.value ? Object.keys(then.value.unknown) : strangers.value
  if (types.length === 0) return null
  return (
    <button type="button" class="alarming" onClick={() => (subject.value = { kind: "unknown" })}>
      {plural(types.length, "type")} not on the board
    </button>
  )
}

/** The links that the page itself came with: this wall knows the API, and no screen of any board. */
const Elsewhere = () => {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => place.current!.append(document.getElementById("elsewhere")!), [])
  return <div ref={place} />
}

export const Footer = () => (
  <footer class="bottom">
    <Now />
    <Strangers />
    <Search />
    <Tools />
    <Elsewhere />
  </footer>
)
