import { Notice } from "../shared/Notice.tsx"
import { busy, type Cleaning, clean, cleaningTold, said } from "./state.ts"

const Room = ({ cleaning: { room, done } }: { readonly cleaning: Cleaning }) => {
  const about = `clean/${room.id}`
  const told = done ? undefined : cleaningTold(room.id, about)
  return (
    <li class={done ? "room done" : "room"}>
      <span>
        Room <b>{room.id}</b>
      </span>
      {done ? (
        <span class="is-clean">clean ✓</span>
      ) : (
        <button
          type="button"
          aria-disabled={busy.value !== undefined}
          aria-label={`Room ${room.id} is clean`}
          onClick={() => clean(room.id, about)}
        >
          {busy.value === about ? "…" : "Clean"}
        </button>
      )}
      {told && <Notice said={told} />}
    </li>
  )
}

/** The rooms of a day, a list for each team; what is to be done comes first. */
export const Teams = ({ cleanings }: { readonly cleanings: ReadonlyArray<Cleaning> }) => {
  if (cleanings.length === 0)
    return <p class="card empty">Nothing is booked for this night, so there is nothing to clean.</p>
  const teams = Array.from(Map.groupBy(cleanings, ({ team }) => team ?? "")).sort(([a], [b]) => a.localeCompare(b))
  const last = said.value
  return (
    <>
      <div class="teams">
        {teams.map(([team, all]) => {
          const done = all.filter(({ done }) => done).length
          return (
            <section class="card team" key={team} aria-label={team ? `Team ${team}` : "No team"}>
              <h3>
                {team ? `Team ${team}` : "No team"}
                <span class="muted">
                  {done} of {all.length}
                </span>
              </h3>
              <ul>
                {all
                  .toSorted((a, b) => Number(a.done) - Number(b.done) || a.room.id - b.room.id)
                  .map((cleaning) => (
                    <Room key={cleaning.room.id} cleaning={cleaning} />
                  ))}
              </ul>
            </section>
          )
        })}
      </div>
      <p class="visually-hidden" role="status">
        {last?.about.startsWith("clean/") && last.said.good ? last.said.text : ""}
      </p>
    </>
  )
}
