import type { MessageExample, Scenario } from "../../../../src/layers/contract/scenarioSchema.ts"
import { Dated } from "../../ui/Dated.tsx"
import { summarize } from "../../ui/format.ts"
import { wall } from "../wallState.ts"
import { Section } from "./parts.tsx"

const resultTexts = { passed: "tests passed", failed: "tests failed" } as const

const NoteChip = ({ kind, name, data }: { readonly kind: string; readonly name: string; readonly data?: unknown }) => (
  <div class={`postit ${kind}`}>
    <b>{name}</b>
    {data !== undefined && (
      <span>
        <Dated text={summarize(data)} />
      </span>
    )}
  </div>
)

const EventChips = ({
  events,
  none,
  kind = "event"
}: {
  readonly events: ReadonlyArray<MessageExample>
  readonly none: string
  readonly kind?: "event" | "message"
}) => (
  <>
    {events.length === 0 && <p class="muted">{none}</p>}
    {events.map(({ type, data }) => (
      <NoteChip kind={kind} name={type} data={data} />
    ))}
  </>
)

const When = ({ when }: Pick<Scenario, "when">) => {
  if ("command" in when) return <NoteChip kind="command" name={when.command} data={when.input} />
  if ("fact" in when) return <NoteChip kind="event" name={when.fact.type} data={when.fact.data} />
  return <NoteChip kind="look" name="the read model is read" data={when.at} />
}

const Then = ({ then, view }: Pick<Scenario, "then"> & { readonly view: string }) => {
  if ("facts" in then) return <EventChips events={then.facts} none="no events" />
  if ("messages" in then) return <EventChips events={then.messages} none="no messages" kind="message" />
  if ("refusal" in then) return <NoteChip kind="refusal" name={then.refusal.type} data={then.refusal.data} />
  return <NoteChip kind="view" name={view} data={then.row} />
}

const ScenarioDetails = ({
  scenario,
  view,
  open
}: {
  readonly scenario: Scenario
  readonly view: string
  readonly open: boolean
}) => (
  <details class="scenario" open={open}>
    <summary>
      <span class={`dot ${scenario.result ?? "untested"}`} aria-hidden="true" />
      {scenario.name}
      <span class="muted"> {scenario.result ? resultTexts[scenario.result] : "no test result for this code"}</span>
    </summary>
    <dl>
      <dt>given</dt>
      <dd>
        <EventChips events={scenario.given} none="no events" />
      </dd>
      <dt>when</dt>
      <dd>
        <When when={scenario.when} />
      </dd>
      <dt>then</dt>
      <dd>
        <Then then={scenario.then} view={view} />
      </dd>
    </dl>
  </details>
)

/** A rule as its scenarios, and the other scenarios of its slice. */
export const RulePanel = ({ column, rule }: { readonly column: number; readonly rule: string }) => {
  const { slices } = wall.value!.board
  const slice = slices[column]!
  const ruleScenarios = slice.rules
    .find(({ text }) => text === rule)!
    .scenarios.flatMap(({ slice, scenario }) => {
      const where = slices.find(({ id }) => id === slice)
      const found = where?.scenarios.find(({ name }) => name === scenario)
      return found ? [{ scenario: found, view: where?.view ?? "" }] : []
    })
  const others = slice.scenarios.filter((scenario) => !ruleScenarios.some((other) => other.scenario === scenario))
  return (
    <>
      <p class="muted">{slice.title}</p>
      {ruleScenarios.map(({ scenario, view }) => (
        <ScenarioDetails scenario={scenario} view={view} open />
      ))}
      {others.length > 0 && (
        <Section title="Other scenarios of this slice">
          {others.map((scenario) => (
            <ScenarioDetails scenario={scenario} view={slice.view ?? ""} open={false} />
          ))}
        </Section>
      )}
    </>
  )
}
