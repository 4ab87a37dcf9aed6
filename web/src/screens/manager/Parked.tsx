import { parked } from "../../api/parked.ts"
import { count } from "../../ui/format.ts"
import { ParkedWork } from "../../ui/ParkedWork.tsx"
import { operations } from "./state.ts"

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

/** What bots and lists could not take, and what goes wrong right now. */
export const Parked = () => {
  const { automations = {}, views = {} } = operations.value ?? {}
  const troubled = Object.entries({ ...automations, ...views }).filter(([, { error }]) => error && !error.over)
  const many = parked.value.length
  return (
    <section id="parked" class={`card parked${many + troubled.length > 0 ? " alarm" : ""}`} aria-label="Parked work">
      <h3>Parked work</h3>
      {many + troubled.length === 0 && <p class="muted">Nothing is parked; the bots get everything done.</p>}
      {many > 0 && (
        <p class="muted">
          This could not be done, however often it was tried, and waits for somebody. Everything else goes on.
        </p>
      )}
      {troubled.map(([name, { error }]) => (
        <p>
          <b>{name}</b> tries again and again: {error!.message}
        </p>
      ))}
      <ParkedWork parked={parked.value} link={link} who={who} />
    </section>
  )
}
