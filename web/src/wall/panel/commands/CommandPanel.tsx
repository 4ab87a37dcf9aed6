import type { Blueprint } from "../../../../../src/layers/contract/blueprintSchema.ts"
import { plural, formatTime } from "../../../ui/format.ts"
import { rejectedOf, wall } from "../../wallState.ts"
import { StreamLink } from "../events/StreamPanel.tsx"
import { Chips, Schema, Section } from "../parts.tsx"
import { CommandForm } from "./CommandForm.tsx"

/** The number of rejections and the last one. */
const Rejected = ({ command }: { readonly command: string }) => {
  const { count, last } = rejectedOf(command) ?? { count: 0, last: null }
  if (count === 0) return null
  return (
    <Section title="Rejected">
      <p>
        {plural(count, "time")}, as far as the audit goes back.
        {last && (
          <>
            {" The last time, at "}
            <time datetime={last.time}>{formatTime(last.time)}</time>, by {last.actor}: <b>{last.type}</b>
            {" in "}
            <StreamLink id={last.place} />.
          </>
        )}
      </p>
    </Section>
  )
}

type Read = Blueprint["commands"][number]["reads"][number]

const uses = ["guarded", "checked", "trusted"] as const

const explanations: Record<Read["use"], string> = {
  guarded: "They must not change until the events are stored, which belong to them.",
  checked: "They must not change until the events are stored.",
  trusted: "They may be a second old."
}

/** The boundaries that a command reads for one use, each with the input that names the instance. */
const Reads = ({ reads, use }: { readonly reads: ReadonlyArray<Read>; readonly use: Read["use"] }) =>
  reads.length === 0 ? null : (
    <Section title={`Consistency boundaries, ${use}`}>
      <p class="muted">{explanations[use]}</p>
      {reads.map(({ boundary, facts, key, many, name }) => (
        <div key={name}>
          <p>
            <b>{name}</b>: {many && "each "}
            {boundary} of {key.join(", ") || "the board"}
          </p>
          <Chips kind="event" names={facts} />
        </div>
      ))}
    </Section>
  )

export const CommandPanel = ({ name }: { readonly name: string }) => {
  const command = wall.value!.board.commands.find((command) => command.name === name)!
  return (
    <>
      <Section title="Try it">
        {command.door ? (
          <CommandForm command={command} path={command.door.path} />
        ) : (
          <p class="muted">Sent only by an automation; no endpoint.</p>
        )}
      </Section>
      <Rejected command={name} />
      <Section title="Emits">
        <Chips kind="event" names={command.emits} />
      </Section>
      {command.refuses.length > 0 && (
        <Section title="Can reject with">
          <dl class="refusals">
            {command.refuses.map(({ name, description }) => (
              <>
                <dt>{name}</dt>
                <dd>{description}</dd>
              </>
            ))}
          </dl>
        </Section>
      )}
      {uses.map((use) => (
        <Reads key={use} use={use} reads={command.reads.filter((read) => read.use === use)} />
      ))}
      <Section title="Input">
        <Schema schema={command.schema} />
      </Section>
    </>
  )
}
