import { plural } from "../../ui/format.ts"
import { operations } from "./state.ts"

/** What the bots could not do, however often they tried. */
export const Parked = () => {
  const all = Object.entries(operations.value?.automations ?? {})
  const waiting = all.filter(([, { parked, error }]) => (parked ?? 0) > 0 || (error && !error.over))
  return (
    <section class={`card${waiting.length > 0 ? " alarm" : ""}`} aria-label="Parked work">
      <h3>Parked work</h3>
      {waiting.length === 0 && <p class="muted">Nothing is parked; the bots get everything done.</p>}
      {waiting.map(([name, { parked, error }]) => (
        <p>
          <b>{name}</b>: {plural(parked ?? 0, "piece")} of work parked.
          {error && ` ${error.message}`}
        </p>
      ))}
    </section>
  )
}
