import { operations, totalsAt, wall } from "../../wallState.ts"
import { Consumer } from "../Consumer.tsx"
import { ConsumerDeadLetters } from "../DeadLettersPanel.tsx"
import { Chips, Schema, Section } from "../parts.tsx"
import { RowsSection } from "./RowsSection.tsx"

export const ViewPanel = ({ name }: { readonly name: string }) => {
  const view = wall.value!.board.views.find((view) => view.name === name)!
  const isNow = totalsAt.value === undefined
  const state = operations.value?.views[name]
  return (
    <>
      {isNow && <ConsumerDeadLetters consumer={view.consumer} />}
      <RowsSection view={view} />
      {isNow && state && (
        <Section title="Status">
          <Consumer consumer={view.consumer} state={state} />
        </Section>
      )}
      <Section title="Built from">
        <Chips kind="event" names={view.reads} />
      </Section>
      <Section title="Row schema">
        <Schema schema={view.schema} />
        <p class="muted">
          <code>
            {view.door.method} {view.door.path}
          </code>
          , bucket <code>{view.bucket}</code>
        </p>
      </Section>
    </>
  )
}
