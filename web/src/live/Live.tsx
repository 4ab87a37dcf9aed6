import type { View } from "../../../src/layers/contract/blueprintSchema.ts"
import { plural } from "../ui/format.ts"
import {
  changedKeys,
  denials,
  detail,
  keys,
  rows,
  type ShownRow,
  state,
  tryForbidden,
  view,
  views
} from "./liveState.ts"

const stateTexts = {
  connecting: "connecting…",
  live: "live",
  behind: "behind",
  reconnecting: "reconnecting…",
  expired: "expired",
  denied: "denied"
} as const

/** Fields that the runtime adds to each row. */
const stampFields = new Set(["position", "updatedAt", "updatedBy"])

const cellText = (value: unknown): string => {
  if (value === undefined || value === null) return ""
  if (typeof value !== "object") return String(value)
  if (Array.isArray(value)) return value.map(cellText).join(", ")
  return Object.entries(value)
    .map(([name, part]) => (name === "id" ? cellText(part) : `${name} ${cellText(part)}`))
    .join(" ")
}

const State = () => (
  <p>
    <span
      class={`connection ${state.value === "live" ? "live" : state.value === "connecting" ? "" : "lost"}`}
      role="status"
    >
      {stateTexts[state.value]}
      {detail.value === undefined ? "" : `: ${detail.value}`}
    </span>
  </p>
)

/** How a key of the view is written; a view with one row has no parts to name. */
const keyHint = () => {
  const parts = view.value?.key.map(({ word }) => word).join(".") ?? ""
  return parts === "" ? "This view has one row. " : `The parts of a key with dots between them (${parts}); `
}

/** Loads the page again with another view or other keys. */
const Choice = () => (
  <form class="choice" method="get" action="/live">
    <label>
      View
      <select name="view">
        {views.value.map(({ name }) => (
          <option value={name} selected={name === view.value?.name}>
            {name}
          </option>
        ))}
      </select>
    </label>
    <label>
      Keys
      <input name="keys" value={keys} aria-describedby="keys-hint" spellcheck={false} />
    </label>
    <button type="submit">Show</button>
    <p id="keys-hint" class="muted">
      {keyHint()}
      <code>*</code> matches one, <code>&gt;</code> all.
    </p>
  </form>
)

const Row = ({ columns, row }: { readonly columns: ReadonlyArray<string>; readonly row: ShownRow }) => (
  <tr class={changedKeys.value.has(row.key) ? "changed" : undefined} data-key={row.key}>
    {columns.map((column) => (
      <td>{cellText(row.fields[column])}</td>
    ))}
    <td>{String(row.fields["position"] ?? "")}</td>
  </tr>
)

const Table = ({ of }: { readonly of: View }) => {
  const words = of.key.map(({ word }) => word as string)
  const others = new Set(rows.value.flatMap(({ fields }) => Object.keys(fields)))
  const columns = [...words, ...[...others].filter((name) => !words.includes(name) && !stampFields.has(name))]
  return (
    <section class="card" aria-labelledby="rows">
      <h2 id="rows">{of.name}</h2>
      <p class="muted">{plural(rows.value.length, "row")}</p>
      <div class="table" tabIndex={0} role="region" aria-label={`Rows of ${of.name}`}>
        <table>
          <thead>
            <tr>
              {[...columns, "position"].map((column) => (
                <th scope="col">{column}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.value.map((row) => (
              <Row key={row.key} columns={columns} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="visually-hidden" role="status">
        {changedKeys.value.size > 0 && `changed: ${[...changedKeys.value].slice(0, 5).join(", ")}`}
      </p>
    </section>
  )
}

const Limits = () => (
  <section class="card" aria-labelledby="limits">
    <h2 id="limits">What this page may do</h2>
    <p class="muted">It may read this view, and nothing else. The server enforces that.</p>
    <p class="buttons">
      <button type="button" onClick={tryForbidden}>
        Try something that is not allowed
      </button>
    </p>
    <div role="status">
      <ul class="denials">
        {denials.value.map((text) => (
          <li class="notice no">Denied: {text}</li>
        ))}
      </ul>
    </div>
  </section>
)

export const Live = () => (
  <div class="screen live">
    <header>
      <h1>Live rows</h1>
      <State />
      <a class="to-wall" href="/">
        the wall
      </a>
    </header>
    <main>
      <Choice />
      {view.value && <Table of={view.value} />}
      <Limits />
    </main>
  </div>
)
