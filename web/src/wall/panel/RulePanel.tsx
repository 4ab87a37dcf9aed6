import type { Said, Scenario } from "../../../../src/layers/contract/blueprintSchema.ts"
import { Dated } from "../../ui/Dated.tsx"
import { inBrief } from "../../ui/format.ts"
import { wall } from "../state.ts"
import { Section } from "./parts.tsx"

const said = { passed: "tests passed", failed: "tests failed" } as const

const Small = ({ kind, name, data }: { readonly kind: string; readonly name: string; readonly data?: unknown }) => (
  <div class={`postit ${kind}`}>
    <b>{name}</b>
    {data !== undefined && (
      <span>
        <Dated text={inBrief(data)} />
      </span>
    )}
  </div>
)

const Facts = ({ facts, none }: { readonly facts: ReadonlyArray<Said>; readonly none: string }) => (
  <>
    {facts.length === 0 && <p class="muted">{none}</p>}
    {facts.map(({ type, data }) => (
      <Small kind="fact" name={type} data={data} />
    ))}
  </>
)

const When = ({ when }: Pick<Scenario, "when">) => {
  if ("command" in when) return <Small kind="command" name={when.command} data={when.input} />
  if ("fact" in when) return <Small kind="fact" name={when.fact.type} data={when.fact.data} />
  return <Small kind="look" name="somebody looks" data={when.at} />
}

const Then = ({ then, view }: Pick<Scenario, "then"> & { readonly view: string }) => {
  if ("facts" in then) return <Facts facts={then.facts} none="nothing happens" />
  if ("refusal" in then) return <Small kind="refusal" name={then.refusal.type} data={then.refusal.data} />
  return <Small kind="view" name={view} data={then.row} />
}

const Told = ({
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
      <span class="muted"> {scenario.result ? said[scenario.result] : "no test run of this code"}</span>
    </summary>
    <dl>
      <dt>given</dt>
      <dd>
        <Facts facts={scenario.given} none="nothing" />
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

/** A rule as its scenarios tell it; below, what else the column's scenarios say. */
export const RulePanel = ({ column, rule }: { readonly column: number; readonly rule: string }) => {
  const { slices } = wall.value!.board
  const slice = slices[column]!
  const told = slice.rules
    .find(({ text }) => text === rule)!
    .scenarios.flatMap(({ slice, scenario }) => {
      const where = slices.find(({ id }) => id === slice)
      const found = where?.scenarios.find(({ name }) => name === scenario)
      return found ? [{ scenario: found, view: where?.view ?? "" }] : []
    })
  const others = slice.scenarios.filter((scenario) => !told.some((other) => other.scenario === scenario))
  return (
    <>
      <p class="muted">{slice.title}</p>
      {told.map(({ scenario, view }) => (
        <Told scenario={scenario} view={view} open />
      ))}
      {others.length > 0 && (
        <Section title="Also told in this column">
          {others.map((scenario) => (
            <Told scenario={scenario} view={slice.view ?? ""} open={false} />
          ))}
        </Section>
      )}
    </>
  )
}
