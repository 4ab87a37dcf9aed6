import { signal } from "@preact/signals"
import type {
  EventView,
  CausationStep,
  Causation as Explained
} from "../../../../../src/layers/contract/eventSchema.ts"
import { voidPosition } from "../../../api/voiding.ts"
import { Dated, Moment } from "../../../ui/Dated.tsx"
import { count, plural } from "../../../ui/format.ts"
import { ReasonForm, type Reason } from "../../../ui/ReasonForm.tsx"
import { refreshVoided } from "../../feed.ts"
import { goTo } from "../../timeTravel.ts"
import { totalsAt, wall } from "../../wallState.ts"
import { Chip, EventLine, Json, Section, ErrorMessage } from "../parts.tsx"
import { useAnswer } from "../useAnswer.ts"

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

const By = ({ by, time }: { readonly by: string; readonly time: string }) => (
  <span class="muted">
    by {by}, <Moment time={time} />
  </span>
)

/** Incremented when a message is declared void here, so that the event is loaded again. */
const voidCount = signal(0)

const declareVoid = async (position: number, reason: Reason) => {
  const result = await voidPosition(position, reason)
  if (result.isOk) {
    voidCount.value++
    await refreshVoided(position)
  }
  return result
}

/** One event of the log, and the commands and events of its correlation. */
export const EventPanel = ({ position }: { readonly position: number }) => {
  const event = useAnswer<EventView>(`/facts/${position}`, voidCount.value)
  const why = useAnswer<Explained>(`/facts/${position}/why`)
  if (!event) return <p class="muted">…</p>
  if (!event.ok) return <ErrorMessage>{event.problem.detail}</ErrorMessage>
  const { dismissed, type, unknown, lane, voided } = event.body
  const chain = new Set(why?.ok ? why.body.chain : [])
  const at = totalsAt.value?.position
  const { known, later: laterCount } = upTo(why?.ok ? why.body.steps : [], at)
  return (
    <>
      <p class="chips">
        {lane !== undefined ? <Chip opens={{ kind: "fact", name: type, column: -1 }} /> : <b>{type}</b>}
        <button type="button" class="small" onClick={() => goTo(position)}>
          the wall at this moment
        </button>
      </p>
      {at !== undefined && position > at && (
        <p class="warning" role="note">
          The wall is as of {count(at)}: this had not happened yet.
        </p>
      )}
      {unknown !== undefined && <ErrorMessage>{unknown}</ErrorMessage>}
      {voided !== undefined && (
        <p>
          <b>Void</b>: {voided.reason} <By {...voided} />
        </p>
      )}
      {unknown !== undefined && voided === undefined && (
        <ReasonForm act="void" of={`position ${position}`} send={(why) => declareVoid(position, why)}>
          {`No command is decided on an event stream while a message in it cannot be read. Once void, position ${position} is treated as absent by all decisions, views and automations. The log keeps the message. The audit records who declared it void, and why.`}
        </ReasonForm>
      )}
      {dismissed?.map(({ consumer, reason, ...by }) => (
        <p>
          <b>Dismissed</b> for <code>{consumer}</code>: {reason} <By {...by} />
        </p>
      ))}
      <Section title="Why">
        {why?.ok && why.body.correlationId === "" && <p class="muted">The event has no correlation id.</p>}
        {why?.ok && why.body.correlationId !== "" && (
          <>
            <p class="muted">
              Everything with the correlation id{" "}
              <code>
                <Dated text={why.body.correlationId} />
              </code>
              {why.body.complete ? "." : ", as far as the log was searched."}
            </p>
            <ol class="why">
              {known.map((step) => (
                <StepItem step={step} chain={chain} position={position} />
              ))}
            </ol>
            {laterCount > 0 && (
              <p class="muted">
                {plural(laterCount, "event")} of it came after {count(at!)}.
              </p>
            )}
          </>
        )}
        {why && !why.ok && <p class="muted">{why.problem.detail}</p>}
      </Section>
      <Section title="CloudEvent">
        <Json value={event.body} label="CloudEvent" />
      </Section>
    </>
  )
}
