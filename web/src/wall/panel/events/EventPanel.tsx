import { signal } from "@preact/signals"
import type { Causation, EventView } from "../../../../../src/layers/contract/eventSchema.ts"
import { voidPosition } from "../../../api/voiding.ts"
import { Moment } from "../../../ui/Dated.tsx"
import { count } from "../../../ui/format.ts"
import { ReasonForm, type Reason } from "../../../ui/ReasonForm.tsx"
import { refreshVoided } from "../../feed.ts"
import { goTo } from "../../timeTravel.ts"
import { totalsAt } from "../../wallState.ts"
import { Chip, Json, Section, ErrorMessage } from "../parts.tsx"
import { useAnswer } from "../useAnswer.ts"
import { OriginalLink } from "./OriginalLink.tsx"
import { StreamLink } from "./StreamPanel.tsx"
import { WhySection } from "./WhySection.tsx"

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

/** Why an event cannot be read, and what operators did about it or can do. */
const OperatorActions = ({
  event: { dismissed, unknown, voided },
  position
}: {
  readonly event: EventView
  readonly position: number
}) => (
  <>
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
  </>
)

/** The event streams in which an event is found, or what a message is for that is no event. */
const FoundIn = ({ event }: { readonly event: EventView }) => {
  const { check, copyof, foundin, subject, unknown } = event
  if (check)
    return (
      <p>A check: it carries a guard of the command before it, which had more guards than events. Nothing reads it.</p>
    )
  if (subject === undefined || unknown !== undefined) return null
  return (
    <Section title={copyof === undefined ? "Found in" : "A copy, found in"}>
      <ul class="streams">
        {(copyof === undefined && foundin ? foundin : [subject]).map((id) => (
          <li key={id}>
            <StreamLink id={id} />
          </li>
        ))}
      </ul>
      {copyof !== undefined && (
        <p>
          Only decisions on this event stream read the copy. The event itself is the <OriginalLink copy={event} />
        </p>
      )}
    </Section>
  )
}

/** One event of the log, and the commands and events of its correlation. */
export const EventPanel = ({ position }: { readonly position: number }) => {
  const event = useAnswer<EventView>(`/facts/${position}`, voidCount.value)
  const why = useAnswer<Causation>(`/facts/${position}/why`)
  if (!event) return <p class="muted">…</p>
  if (!event.ok) return <ErrorMessage>{event.problem.detail}</ErrorMessage>
  const { type, lane } = event.body
  const at = totalsAt.value?.position
  return (
    <>
      <p class="chips">
        {lane !== undefined ? <Chip opens={{ kind: "event", name: type, column: -1 }} /> : <b>{type}</b>}
        <button type="button" class="small" onClick={() => goTo(position)}>
          the wall at this moment
        </button>
      </p>
      {at !== undefined && position > at && (
        <p class="warning" role="note">
          The wall is as of {count(at)}: this had not happened yet.
        </p>
      )}
      <OperatorActions event={event.body} position={position} />
      <FoundIn event={event.body} />
      <WhySection why={why} position={position} />
      <Section title="CloudEvent">
        <Json value={event.body} label="CloudEvent" />
      </Section>
    </>
  )
}
