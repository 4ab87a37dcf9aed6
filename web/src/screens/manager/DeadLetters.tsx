import { deadLetters } from "../../api/deadLetterApi.ts"
import { DeadLetterList } from "../../ui/DeadLetterList.tsx"
import { count } from "../../ui/format.ts"
import { problemText, readProblemText } from "../shared/problemText.ts"
import { operations, operationsTrouble } from "./managerState.ts"

const link = (position: number, words: string) => <a href={`/#fact/${position}@${operations.value?.log}`}>{words}</a>

/** `automation-schedule-cleaning`, as somebody says it who has no such names. */
const consumerName = (by: string) => by.replace(/^automation-/u, "the bot ").replace(/^view-/u, "the list ")

/** Up where it is seen: that something waits below. */
export const DeadLetterBadge = () =>
  deadLetters.value.length === 0 ? null : (
    <a class="parked-mark" href="#parked">
      {count(deadLetters.value.length)} parked
    </a>
  )

/** Bots and lists that try again and again right now, each with why. */
const failingConsumers = () => {
  const { automations = {}, views = {} } = operations.value ?? {}
  const named = (all: object, what: string) => Object.entries(all).map(([name, state]) => [`${what} ${name}`, state])
  return [...named(automations, "the bot"), ...named(views, "the list")].filter(([, { error }]) => error && !error.over)
}

const statusText = (isHealthy: boolean) => {
  const problem = operationsTrouble.value
  if (problem)
    return `Whether work is parked cannot be told. ${readProblemText(problem).title}; this page keeps trying.`
  if (!operations.value) return "Looking for work that is parked…"
  return isHealthy
    ? "Nothing is parked; the bots get everything done."
    : "This could not be done, however often it was tried, and waits for somebody. Everything else goes on. Take it again " +
        "once the reason is gone; if you do not know how, report the reason and the position to the hotel's support."
}

/** What bots and lists could not take, and what goes wrong right now. */
export const DeadLetters = () => {
  const failing = failingConsumers()
  const isHealthy = deadLetters.value.length + failing.length === 0
  return (
    <section id="parked" class={`card parked${isHealthy ? "" : " alarm"}`} aria-labelledby="parked-title">
      <h2 id="parked-title">Parked work</h2>
      <p class="muted">{statusText(isHealthy)}</p>
      {failing.map(([name, { error }]) => (
        <details key={name}>
          <summary>
            <b>{name}</b> has trouble, and keeps trying by itself.
          </summary>
          <p class="muted">For the hotel's support: {error!.message}</p>
        </details>
      ))}
      <DeadLetterList
        deadLetters={deadLetters.value}
        link={link}
        nameOf={consumerName}
        formatProblem={(problem) => problemText(problem).detail}
      />
    </section>
  )
}
