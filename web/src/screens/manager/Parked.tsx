import { parked } from "../../api/parked.ts"
import { count } from "../../ui/format.ts"
import { ParkedWork } from "../../ui/ParkedWork.tsx"
import { wordsOf, wordsOfReading } from "../shared/words.ts"
import { operations, operationsTrouble } from "./state.ts"

const link = (position: number, words: string) => <a href={`/#fact/${position}@${operations.value?.log}`}>{words}</a>

/** `automation-schedule-cleaning`, as somebody says it who has no such names. */
const who = (by: string) => by.replace(/^automation-/u, "the bot ").replace(/^view-/u, "the list ")

/** Up where it is seen: that something waits below. */
export const ParkedMark = () =>
  parked.value.length === 0 ? null : (
    <a class="parked-mark" href="#parked">
      {count(parked.value.length)} parked
    </a>
  )

/** Bots and lists that try again and again right now, each with why. */
const troubled = () => {
  const { automations = {}, views = {} } = operations.value ?? {}
  const named = (all: object, what: string) => Object.entries(all).map(([name, state]) => [`${what} ${name}`, state])
  return [...named(automations, "the bot"), ...named(views, "the list")].filter(([, { error }]) => error && !error.over)
}

const standing = (isCalm: boolean) => {
  const problem = operationsTrouble.value
  if (problem) return `Whether work is parked cannot be told. ${wordsOfReading(problem).title}; this page keeps trying.`
  if (!operations.value) return "Looking for work that is parked…"
  return isCalm
    ? "Nothing is parked; the bots get everything done."
    : "This could not be done, however often it was tried, and waits for somebody. Everything else goes on. Take it again " +
        "once the reason is gone; if you do not know how, report the reason and the position to the hotel's support."
}

/** What bots and lists could not take, and what goes wrong right now. */
export const Parked = () => {
  const troubles = troubled()
  const isCalm = parked.value.length + troubles.length === 0
  return (
    <section id="parked" class={`card parked${isCalm ? "" : " alarm"}`} aria-labelledby="parked-title">
      <h2 id="parked-title">Parked work</h2>
      <p class="muted">{standing(isCalm)}</p>
      {troubles.map(([name, { error }]) => (
        <details key={name}>
          <summary>
            <b>{name}</b> has trouble, and keeps trying by itself.
          </summary>
          <p class="muted">For the hotel's support: {error!.message}</p>
        </details>
      ))}
      <ParkedWork parked={parked.value} link={link} who={who} words={(problem) => wordsOf(problem).detail} />
    </section>
  )
}
