import { useState } from "preact/hooks"
import type { View } from "../../../../../src/layers/contract/blueprintSchema.ts"
import type { Rows } from "../../../../../src/layers/contract/operationsSchema.ts"
import type { Answer } from "../../../api/httpClient.ts"
import { count } from "../../../ui/format.ts"
import { missingEventCount, missingEventsText } from "../../../ui/missingEvents.ts"
import { rowFilter } from "../../view.ts"
import { countOf, totalsAt } from "../../wallState.ts"
import { ErrorMessage, Section } from "../parts.tsx"
import { RowsTable } from "./RowsTable.tsx"
import { pageSize, useRows } from "./useRows.ts"

/** An input for each field of the key. */
const FilterForm = ({ view, onFilter }: { readonly view: View; readonly onFilter: () => void }) => {
  const filter = rowFilter.value
  return (
    <form class="narrow" onSubmit={(event) => event.preventDefault()}>
      {view.key.map(({ word }) => (
        <label>
          {word}
          <input
            value={filter[word] ?? ""}
            placeholder="any, or from..to"
            onInput={({ currentTarget }) => {
              onFilter()
              rowFilter.value = { ...filter, [word]: currentTarget.value }
            }}
          />
        </label>
      ))}
    </form>
  )
}

/** The filter as parameters of the list's query. */
const filterQuery = () =>
  Object.entries(rowFilter.value)
    .filter(([, word]) => word.trim() !== "")
    .map(([name, word]) => `&${name}=${encodeURIComponent(word.trim())}`)
    .join("")

interface PageProps {
  /** The ends of the previous pages. */
  readonly starts: ReadonlyArray<string>
  readonly onStarts: (starts: ReadonlyArray<string>) => void
}

/** Buttons that page through a long list. */
const Pages = ({ answer: { more, next, rows }, starts, onStarts }: PageProps & { readonly answer: Rows }) => {
  if (starts.length === 0 && !more) return null
  return (
    <p class="pages">
      <button type="button" class="small" disabled={starts.length === 0} onClick={() => onStarts(starts.slice(0, -1))}>
        previous
      </button>
      <span class="muted">
        {rows.length === 0
          ? "no rows"
          : `rows ${count(starts.length * pageSize + 1)} to ${count(starts.length * pageSize + rows.length)}`}
      </span>
      <button type="button" class="small" disabled={next === null} onClick={() => onStarts([...starts, next!])}>
        next
      </button>
      {more && next === null && <span class="muted">There are more: narrow the list.</span>}
    </p>
  )
}

interface AnswerProps extends PageProps {
  readonly answer: Answer<Rows>
  readonly view: View
  readonly isFiltered: boolean
}

const RowsAnswer = ({ answer, view, isFiltered, ...paging }: AnswerProps) => {
  if (!answer.ok) {
    const { detail, errors } = answer.problem
    return <ErrorMessage>{errors?.map(({ message }) => message).join(". ") ?? detail}</ErrorMessage>
  }
  const { deadLetters, rows } = answer.body
  return (
    <>
      {rows.length === 0 && !deadLetters && <p class="muted">{isFiltered ? "No row matches." : "None yet."}</p>}
      {rows.length > 0 && <RowsTable rows={rows} view={view} />}
      <Pages answer={answer.body} {...paging} />
      {deadLetters && <ErrorMessage>{missingEventsText(missingEventCount(deadLetters), "rows")}</ErrorMessage>}
    </>
  )
}

/** The rows of a read model, now or at the position that the wall shows: filtered, and page by page. */
export const RowsSection = ({ view }: { readonly view: View }) => {
  const at = totalsAt.value?.position
  const newest = Math.max(0, ...view.reads.map((type) => countOf(type).position))
  const [starts, setStarts] = useState<ReadonlyArray<string>>([])
  const filter = filterQuery()
  const start = starts.at(-1)
  const query = start === undefined ? filter : `${filter}&next=${encodeURIComponent(start)}`
  const { answer, progress } = useRows(view.list, newest, at, query)
  return (
    <Section title={at === undefined ? "Rows now" : `Rows as of ${count(at)}`}>
      {view.key.length > 0 && <FilterForm view={view} onFilter={() => setStarts([])} />}
      {progress !== undefined && <progress max={1} value={progress} aria-label="Rebuilding the rows from the log" />}
      {answer && (
        <RowsAnswer answer={answer} view={view} isFiltered={filter !== ""} starts={starts} onStarts={setStarts} />
      )}
    </Section>
  )
}
