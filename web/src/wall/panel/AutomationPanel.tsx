import { operations, wall, requestedPosition } from "../wallState.ts"
import { Consumer } from "./Consumer.tsx"
import { ConsumerDeadLetters } from "./DeadLettersPanel.tsx"
import { Chips, Section } from "./parts.tsx"

export const AutomationPanel = ({ name }: { readonly name: string }) => {
  const { when, issues, sends, actor, consumer } = wall.value!.board.automations.find(
    (automation) => automation.name === name
  )!
  const state = operations.value?.automations[name]
  return (
    <>
      <p class="muted">{`${actor}: an event comes in, a ${issues === null ? "message" : "command"} goes out.`}</p>
      {requestedPosition.value === undefined && <ConsumerDeadLetters consumer={consumer} />}
      <Section title="Triggered by">
        <Chips kind="event" names={when} />
      </Section>
      {issues === null ? (
        <Section title="Sends">
          <Chips kind="message" names={sends} />
        </Section>
      ) : (
        <Section title="Issues">
          <Chips kind="command" names={[issues]} />
        </Section>
      )}
      {requestedPosition.value === undefined && state && (
        <Section title="Status">
          <Consumer consumer={consumer} state={state} />
        </Section>
      )}
    </>
  )
}
