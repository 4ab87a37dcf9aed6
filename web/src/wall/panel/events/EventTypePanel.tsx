import { count, plural } from "../../../ui/format.ts"
import { countOf, loaded, totalsAt, wall } from "../../wallState.ts"
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

export const EventTypePanel = ({ name }: { readonly name: string }) => {
  const { board } = wall.value!
  const declared = board.facts.find((event) => event.name === name)!
  const lane = board.lanes.find((lane) => lane.name === declared.lane)!
  const eventCount = countOf(name).count
  return (
    <>
      {declared.description && <p>{declared.description}</p>}
      <Section title={headingOf(eventCount)}>
        <EventList
          query={`type=${encodeURIComponent(name)}`}
          upTo={totalsAt.value?.position}
          matches={(event) => event.type === name}
          none="None."
        />
      </Section>
      <Section title="Data">
        <Schema schema={declared.schema} />
        {declared.example && <Json value={declared.example} label="Example" />}
      </Section>
      <Section title="Used by">
        <Chips
          kind="command"
          names={board.commands.filter(({ emits }) => emits.includes(name)).map(({ name }) => name)}
        />
        <Chips kind="view" names={board.views.filter(({ reads }) => reads.includes(name)).map(({ name }) => name)} />
        <Chips
          kind="gear"
          names={board.automations.filter(({ when }) => when.includes(name)).map(({ name }) => name)}
        />
      </Section>
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
            <tr>
              <th scope="row">version</th>
              <td>{declared.version}</td>
            </tr>
          </tbody>
        </table>
      </Section>
    </>
  )
}
