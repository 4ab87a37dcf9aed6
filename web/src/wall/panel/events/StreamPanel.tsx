import type { EventView } from "../../../../../src/layers/contract/eventSchema.ts"
import { subject, totalsAt, wall } from "../../wallState.ts"
import { Chips, Section } from "../parts.tsx"
import { EventList } from "./EventList.tsx"

/** A link to an event stream. */
export const StreamLink = ({ id }: { readonly id: string }) => (
  <button type="button" class="stream-link" onClick={() => (subject.value = { kind: "stream", id })}>
    <code>{id}</code>
  </button>
)

/** The commands that read an event stream of a boundary, by what they read it for. */
const ReadBy = ({ boundary }: { readonly boundary: string }) => {
  const { commands } = wall.value!.board
  const readers = (["guarded", "checked", "trusted"] as const).map((use) => ({
    use,
    names: commands
      .filter(({ reads }) => reads.some((read) => read.use === use && read.boundary === boundary))
      .map(({ name }) => name)
  }))
  return (
    <>
      {readers.map(
        ({ names, use }) =>
          names.length > 0 && (
            <Section key={use} title={`${use[0]!.toUpperCase()}${use.slice(1)} by`}>
              <Chips kind="command" names={names} />
            </Section>
          )
      )}
    </>
  )
}

/** All events of an event stream, newest first. Copies of events of other event streams are marked. */
export const StreamPanel = ({ id }: { readonly id: string }) => {
  const [boundary = ""] = id.split("/")
  const isHere = ({ foundin, subject }: EventView) => foundin?.includes(id) ?? subject === id
  return (
    <>
      <Section title="Events">
        <EventList
          query={`place=${encodeURIComponent(id)}`}
          upTo={totalsAt.value?.position}
          matches={isHere}
          none="No event is in this event stream."
        />
      </Section>
      <ReadBy boundary={boundary} />
    </>
  )
}
