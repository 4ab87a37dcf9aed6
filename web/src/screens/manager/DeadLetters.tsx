import { deadLetters } from "../../api/deadLetterApi.ts"
import { DeadLetterList } from "../../ui/DeadLetterList.tsx"
import { count } from "../../ui/format.ts"
import { problemText, readProblemText } from "../shared/problemText.ts"
import { operations, operationsTrouble } from "./managerState.ts"

const link = (position: number, words: string) => <a href={`/#event/${position}@${operations.value?.log}`}>{words}</a>

/** The name of a consumer for hotel staff: `the bot schedule-cleaning` for `automation-schedule-cleaning`. */
const consumerName = (by: string) => by.replace(/^automation-/u, "the bot ").replace(/^view-/u, "the list ")

/** A link in the header to the failed work below. */
export const DeadLetterBadge = () =>
  deadLetters.value.length === 0 ? null : (
    <a class="parked-mark" href="#parked">
      {count(deadLetters.value.length)} failed
    </a>
  )

/** Bots and lists that fail and retry at the moment, with their errors. */
const failingConsumers = () => {
  const { automations = {}, views = {} } = operations.value ?? {}
  const named = (all: object, what: string) => Object.entries(all).map(([name, state]) => [`${what} ${name}`, state])
  return [...named(automations, "the bot"), ...named(views, "the list")].filter(([, { error }]) => error && !error.over)
}

const statusText = (isHealthy: boolean) => {
  const problem = operationsTrouble.value
  if (problem)
    return `It is not known whether work has failed. ${readProblemText(problem).title}; this page keeps trying.`
  if (!operations.value) return "Loading failed work…"
  return isHealthy
    ? "Nothing has failed; the bots get everything done."
    : "This could not be done, despite repeated attempts, and needs attention. Everything else goes on. Retry it " +
        "once the reason is gone; if you do not know how, report the reason and the position to the hotel's support."
}

/** The dead letters and current errors of bots and lists, in words for hotel staff. */
export const DeadLetters = () => {
  const failing = failingConsumers()
  const isHealthy = deadLetters.value.length + failing.length === 0
  return (
    <section id="parked" class={`card parked${isHealthy ? "" : " alarm"}`} aria-labelledby="parked-title">
      <h2 id="parked-title">Failed work</h2>
      <p class="muted">{statusText(isHealthy)}</p>
      {failing.map(([name, { error }]) => (
        <details key={name}>
          <summary>
            <b>{name}</b> is failing, and keeps trying by itself.
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
