import { wall } from "../wallState.ts"
import { Chips, Json, Schema, Section } from "./parts.tsx"

export const MessagePanel = ({ name }: { readonly name: string }) => {
  const { automations, messages } = wall.value!.board
  const { description, example, schema, subject } = messages.find((message) => message.name === name)!
  return (
    <>
      <p class="muted">Sent to other programs over NATS; the log does not keep it.</p>
      {description && <p>{description}</p>}
      <Section title="Subject">
        <code>{subject}</code>
      </Section>
      <Section title="Data">
        <Schema schema={schema} />
        {example && <Json value={example} label="Example" />}
      </Section>
      <Section title="Sent by">
        <Chips
          kind="automation"
          names={automations.filter(({ sends }) => sends.includes(name)).map((automation) => automation.name)}
        />
      </Section>
    </>
  )
}
