import type { Event as DeclaredEvent } from "../../../../../src/layers/contract/blueprintSchema.ts"
import { count, plural } from "../../../ui/format.ts"
import { countOf, loaded, storedNames, totalsAt, wall } from "../../wallState.ts"
import { Chips, Json, Schema, Section } from "../parts.tsx"
import { EventList } from "./EventList.tsx"

const dayMillis = 86_400_000
const retentionText = ({
  maxAgeMillis,
  maxBytes
}: {
  readonly maxAgeMillis: number | null
  readonly maxBytes: number
}) =>
  `${maxAgeMillis === null ? "forever" : plural(Math.round(maxAgeMillis / dayMillis), "day")}, up to ${count(Math.round(maxBytes / 1_048_576))} MiB`

const headingOf = (eventCount: number): string => {
  if (!loaded.value) return "Reading the log…"
  if (eventCount > 0) return `Last of ${count(eventCount)}`
  return totalsAt.value ? "Not yet in the log" : "Never seen in the log"
}

/** The commands that emit events of a type, and the read models and automations that process them. */
const UsedBy = ({ name }: { readonly name: string }) => {
  const { automations, commands, views } = wall.value!.board
  const namesOf = (elements: ReadonlyArray<{ readonly name: string }>) => elements.map(({ name }) => name)
  return (
    <Section title="Used by">
      <Chips kind="command" names={namesOf(commands.filter(({ emits }) => emits.includes(name)))} />
      <Chips kind="view" names={namesOf(views.filter(({ reads }) => reads.includes(name)))} />
      <Chips kind="automation" names={namesOf(automations.filter(({ when }) => when.includes(name)))} />
    </Section>
  )
}

/** The boundaries in which events of a type are found, with their keys, and the commands that decide on them there. */
const FoundIn = ({ declared: { lane: laneName, name } }: { readonly declared: DeclaredEvent }) => {
  const { commands, lanes } = wall.value!.board
  const { also, boundary } = lanes.find(({ name }) => name === laneName)!
  const readersIn = (where: string) =>
    commands.filter(({ reads }) => reads.some((read) => read.boundary === where && read.facts.includes(name)))
  return (
    <Section title="Found in">
      <ul class="boundaries">
        {[boundary, ...also].map(({ key, name: where }, n) => (
          <li key={where}>
            <p>
              <b>{where}</b> of {key.join(", ") || "the board"}
              {n > 0 && <span class="muted"> · as a copy</span>}
            </p>
            <Chips kind="command" names={readersIn(where).map(({ name }) => name)} />
          </li>
        ))}
      </ul>
      {also.length > 0 && (
        <p class="muted">The log has a copy of each event for each further boundary. Only decisions read the copies.</p>
      )}
    </Section>
  )
}

/** The shapes in which the log may have events of a type. */
const Shapes = ({ declared: { name, older, retired, version } }: { readonly declared: DeclaredEvent }) => (
  <Section title="Shapes">
    {retired && <p>Retired: no command emits it any more, and the log may have it.</p>}
    <ul class="boundaries">
      <li>
        <b>version {version}</b> <span class="muted">· {retired ? "the last" : "what commands emit"}</span>
      </li>
      {older.map((shape) => (
        <li key={`${shape.name} ${shape.version}`}>
          <b>
            {shape.name === name ? "" : `${shape.name} `}version {shape.version}
          </b>{" "}
          of {shape.fields.join(", ")} <span class="muted">· read as the newest</span>
        </li>
      ))}
    </ul>
  </Section>
)

const Storage = ({ declared: { lane: laneName } }: { readonly declared: DeclaredEvent }) => {
  const lane = wall.value!.board.lanes.find(({ name }) => name === laneName)!
  return (
    <Section title="Storage">
      <table class="fields">
        <tbody>
          <tr>
            <th scope="row">lane</th>
            <td>{lane.title}</td>
          </tr>
          <tr>
            <th scope="row">stream</th>
            <td>
              <code>{lane.name}</code>
            </td>
          </tr>
          <tr>
            <th scope="row">subjects</th>
            <td>
              <code>{lane.subjects}</code>
            </td>
          </tr>
          <tr>
            <th scope="row">retention</th>
            <td>{retentionText(lane.keeps)}</td>
          </tr>
        </tbody>
      </table>
    </Section>
  )
}

export const EventTypePanel = ({ name }: { readonly name: string }) => {
  const declared = wall.value!.board.facts.find((event) => event.name === name)!
  const names = storedNames(name)
  return (
    <>
      {declared.description && <p>{declared.description}</p>}
      <Section title={headingOf(countOf(name).count)}>
        <EventList
          query={names.map((each) => `type=${encodeURIComponent(each)}`).join("&")}
          upTo={totalsAt.value?.position}
          matches={(event) => names.includes(event.type)}
          none="None."
        />
      </Section>
      <Section title="Data">
        <Schema schema={declared.schema} />
        {declared.example && <Json value={declared.example} label="Example" />}
      </Section>
      <UsedBy name={name} />
      <FoundIn declared={declared} />
      <Shapes declared={declared} />
      <Storage declared={declared} />
    </>
  )
}
