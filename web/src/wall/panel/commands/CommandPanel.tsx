import { plural, formatTime } from "../../../ui/format.ts"
import { rejectedOf, wall } from "../../wallState.ts"
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
            <code>{last.place}</code>.
          </>
        )}
      </p>
    </Section>
  )
}

export const CommandPanel = ({ name }: { readonly name: string }) => {
  const command = wall.value!.board.commands.find((command) => command.name === name)!
  const readsThatAre = (guarded: boolean) =>
    command.reads.filter((read) => read.guarded === guarded).map(({ fact: event }) => event)
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
      {readsThatAre(true).length > 0 && (
        <Section title={`Consistency boundary: ${command.guards.boundary}`}>
          <Chips kind="event" names={readsThatAre(true)} />
        </Section>
      )}
      {readsThatAre(false).length > 0 && (
        <Section title="Unguarded reads">
          <Chips kind="event" names={readsThatAre(false)} />
        </Section>
      )}
      <Section title="Input">
        <Schema schema={command.schema} />
      </Section>
    </>
  )
}
