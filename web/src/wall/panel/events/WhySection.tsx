import type { CausationStep, Causation } from "../../../../../src/layers/contract/eventSchema.ts"
import type { Answer } from "../../../api/httpClient.ts"
import { Dated } from "../../../ui/Dated.tsx"
import { count, plural } from "../../../ui/format.ts"
import { totalsAt, wall } from "../../wallState.ts"
import { Chip, EventLine, Section } from "../parts.tsx"

const StepItem = ({
  step,
  chain,
  position
}: {
  readonly step: CausationStep
  readonly chain: ReadonlySet<number>
  readonly position: number
}) => {
  const known = wall.value!.board.commands.some(({ name }) => name === step.command)
  const isInChain = step.facts.some((event) => chain.has(event.position))
  return (
    <li class={isInChain ? "led" : ""}>
      <p>
        {known ? <Chip opens={{ kind: "command", name: step.command, column: -1 }} /> : step.command}
        <span class="muted">
          {" by "}
          {step.actor}
          {step.causedBy !== null && `, because of ${step.causedBy}`}
        </span>
      </p>
      {step.facts.map((event) => (
        <EventLine event={event} current={event.position === position} />
      ))}
    </li>
  )
}

/** The steps up to a position, and the number of events after it. */
const upTo = (steps: ReadonlyArray<CausationStep>, at: number | undefined) => {
  if (at === undefined) return { known: steps, later: 0 }
  const known = steps.flatMap((step) => {
    const facts = step.facts.filter(({ position }) => position <= at)
    return facts.length > 0 ? [{ ...step, facts }] : []
  })
  const count = (all: ReadonlyArray<CausationStep>) => all.reduce((sum, { facts }) => sum + facts.length, 0)
  return { known, later: count(steps) - count(known) }
}

/** The commands and events of a correlation; those in the chain of causes of the event at `position` are marked. */
const Steps = ({ causation, position }: { readonly causation: Causation; readonly position: number }) => {
  const { chain, complete, correlationId, steps } = causation
  const at = totalsAt.value?.position
  const { known, later: laterCount } = upTo(steps, at)
  const inChain = new Set(chain)
  return (
    <>
      <p class="muted">
        Everything with the correlation id{" "}
        <code>
          <Dated text={correlationId} />
        </code>
        {complete ? "." : ", as far as the log was searched."}
      </p>
      <ol class="why">
        {known.map((step) => (
          <StepItem step={step} chain={inChain} position={position} />
        ))}
      </ol>
      {laterCount > 0 && (
        <p class="muted">
          {plural(laterCount, "event")} of it came after {count(at!)}.
        </p>
      )}
    </>
  )
}

interface Props {
  /** Undefined while it is requested. */
  readonly why: Answer<Causation> | undefined
  readonly position: number
}

const WhyContent = ({ why, position }: Props) => {
  if (!why) return null
  if (!why.ok) return <p class="muted">{why.problem.detail}</p>
  if (why.body.correlationId === "") return <p class="muted">The event has no correlation id.</p>
  return <Steps causation={why.body} position={position} />
}

/** What caused the event at a position, and what else belongs to its correlation. */
export const WhySection = (props: Props) => (
  <Section title="Why">
    <WhyContent {...props} />
  </Section>
)
