import { Liveness } from "../shared/Notice.tsx"
import { isDay, plusDays, short, today } from "../shared/dates.ts"
import { Calendar } from "./Calendar.tsx"
import { NightCard } from "./NightCard.tsx"
import { client, first, nights, page, rooms, roomsAPage } from "./state.ts"

const Who = () => (
  <label class="who">
    You are guest
    <input
      type="number"
      inputMode="numeric"
      min={1}
      max={999_999_999}
      value={client.value}
      onInput={({ currentTarget }) => {
        if (currentTarget.checkValidity() && currentTarget.value !== "") client.value = currentTarget.valueAsNumber
      }}
    />
  </label>
)

const When = () => (
  <div class="when" role="group" aria-label="Which nights">
    <button type="button" aria-label="A week earlier" onClick={() => (first.value = plusDays(first.value, -7))}>
      ‹
    </button>
    <label>
      <span class="visually-hidden">First night</span>
      <input
        type="date"
        value={first.value}
        onChange={({ currentTarget }) => {
          if (isDay(currentTarget.value)) first.value = currentTarget.value
        }}
      />
    </label>
    <button type="button" aria-label="A week later" onClick={() => (first.value = plusDays(first.value, 7))}>
      ›
    </button>
    {first.value !== today() && (
      <button type="button" class="quiet" onClick={() => (first.value = today())}>
        today
      </button>
    )}
    <span class="range">
      {short(first.value)} to {short(plusDays(first.value, nights - 1))}
    </span>
  </div>
)

const Pages = () => {
  const all = rooms.value?.length ?? 0
  if (all <= roomsAPage) return null
  const last = Math.ceil(all / roomsAPage) - 1
  return (
    <div class="when" role="group" aria-label="Which rooms">
      <button type="button" aria-label="Rooms before" disabled={page.value === 0} onClick={() => page.value--}>
        ‹
      </button>
      <span>
        rooms {page.value * roomsAPage + 1} to {Math.min(all, (page.value + 1) * roomsAPage)} of {all}
      </span>
      <button type="button" aria-label="Rooms after" disabled={page.value >= last} onClick={() => page.value++}>
        ›
      </button>
    </div>
  )
}

const Legend = () => (
  <ul class="legend">
    {(
      [
        ["free", "free"],
        ["yours", "yours, to be cleaned"],
        ["ready", "yours, ready"],
        ["in", "you are in"],
        ["taken", "taken"]
      ] as const
    ).map(([night, words]) => (
      <li>
        <span class={`swatch ${night}`} aria-hidden="true" /> {words}
      </li>
    ))}
  </ul>
)

export const Guest = () => (
  <div class="screen guest">
    <header>
      <h1>Choose a room and a night</h1>
      <Liveness />
      <Who />
      <a class="to-wall" href="/">
        the wall
      </a>
    </header>
    <main>
      <div class="bar">
        <When />
        <Pages />
        <Legend />
      </div>
      <div class="split">
        <Calendar />
        <NightCard />
      </div>
    </main>
  </div>
)
