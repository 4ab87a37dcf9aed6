import type { Rows } from "../../../../../src/layers/contract/operationsSchema.ts"
import { Dated, Moment } from "../../../ui/Dated.tsx"
import { count, plural } from "../../../ui/format.ts"
import { missingEventsText } from "../../../ui/missingEvents.ts"
import { cell, eventsOf, keyText, queryOf, type Row, type RowSubject, metadataFields } from "../../wallRows.ts"
import { countOf, subject, totalsAt, wall } from "../../wallState.ts"
import { EventList } from "../events/EventList.tsx"
import { Chip, Section, ErrorMessage } from "../parts.tsx"
import { useAnswer } from "../useAnswer.ts"

export const rowTitle = ({ name, words }: Pick<RowSubject, "name" | "words">): string =>
  [name, keyText({ words })].filter((part) => part !== "").join(": ")

const Values = ({ row }: { readonly row: Row }) => (
  <table class="fields">
    <tbody>
      {Object.entries(row)
        .filter(([name]) => !metadataFields.has(name))
        .map(([name, value]) => (
          <tr>
            <th scope="row">{name}</th>
            <td>
              <Dated text={cell(value)} />
            </td>
          </tr>
        ))}
    </tbody>
  </table>
)

/** The newest event of a row. */
const Stamp = ({ row }: { readonly row: Row }) => {
  const { position, updatedAt, updatedBy } = row as Record<string, never>
  if (position === undefined) return null
  return (
    <p class="muted">
      {"as of "}
      <button type="button" class="link" onClick={() => (subject.value = { kind: "recorded", position })}>
        position {count(position)}
      </button>
      {updatedBy !== undefined && `, by ${String(updatedBy)}`}
      {updatedAt !== undefined && (
        <>
          {", "}
          <Moment time={updatedAt} />
        </>
      )}
    </p>
  )
}

/** One row of a read model, now or at a position, and the events that it is built from. */
export const RowPanel = ({ name, words }: Pick<RowSubject, "name" | "words">) => {
  const view = wall.value!.board.views.find((view) => view.name === name)!
  const rowSubject: RowSubject = { kind: "row", name, words }
  const at = totalsAt.value?.position
  const newest = Math.max(0, ...view.reads.map((type) => countOf(type).position))
  const answer = useAnswer<Rows>(
    `${view.list}?limit=1${at === undefined ? `&after=${newest}` : `&at=${at}`}${queryOf(rowSubject)}`
  )
  if (!answer) return <p class="muted">…</p>
  if (!answer.ok) return <ErrorMessage>{answer.problem.detail}</ErrorMessage>
  const [row] = answer.body.rows
  const position = row?.["position"] as number | undefined
  const missingEvents = Number(row?.["deadLetters"] ?? 0)
  return (
    <>
      <p class="chips">
        <Chip opens={{ kind: "view", name, column: -1 }} />
      </p>
      {missingEvents > 0 && (
        <ErrorMessage>{`${plural(missingEvents, "event")} not processed: this row lacks their data.`}</ErrorMessage>
      )}
      {!row && answer.body.deadLetters && (
        <ErrorMessage>
          {missingEventsText(
            answer.body.deadLetters.reduce((sum, { count }) => sum + count, 0),
            "this row"
          )}
        </ErrorMessage>
      )}
      <Section title={at === undefined ? "The row now" : `The row as of ${count(at)}`}>
        {row ? (
          <Values row={row} />
        ) : (
          <p class="muted">There is no such row{at !== undefined && " at this position"}.</p>
        )}
        {row && <Stamp row={row} />}
      </Section>
      <Section title={position === undefined ? "Its events" : `Its events up to ${count(position)}`}>
        <EventList query={eventsOf(view, rowSubject)} upTo={position ?? at} none="None." />
      </Section>
    </>
  )
}
