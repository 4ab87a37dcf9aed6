import { operations, wall, wanted } from "../state.ts"
import { Consumer } from "./Consumer.tsx"
import { ParkedHere } from "./ParkedPanel.tsx"
import { Chips, Section } from "./parts.tsx"

export const GearPanel = ({ name }: { readonly name: string }) => {
  const { when, issues, actor, consumer } = wall.value!.board.automations.find(
    (automation) => automation.name === name
  )!
  const state = operations.value?.automations[name]
  return (
    <>
      <p class="muted">{actor}: nobody is there. A fact comes in, a command goes out.</p>
      {wanted.value === undefined && <ParkedHere consumer={consumer} />}
      <Section title="Waits for">
        <Chips kind="fact" names={when} />
      </Section>
      <Section title="Asks for">
        <Chips kind="command" names={[issues]} />
      </Section>
      {wanted.value === undefined && state && (
        <Section title="How it stands">
          <Consumer consumer={consumer} state={state} />
        </Section>
      )}
    </>
  )
}
