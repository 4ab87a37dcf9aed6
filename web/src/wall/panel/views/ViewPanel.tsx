import { useEffect, useState } from "preact/hooks"
import type { View } from "../../../../../src/layers/contract/blueprintSchema.ts"
import type { Rows } from "../../../../../src/layers/contract/operationsSchema.ts"
import { fetchWithProgress } from "../../../api/fetchWithProgress.ts"
import { type Answer, call } from "../../../api/httpClient.ts"
import { count } from "../../../ui/format.ts"
import { missingEventCount, missingEventsText } from "../../../ui/missingEvents.ts"
import { rowFilter } from "../../view.ts"
import { hrefOf } from "../../wallHistory.ts"
import { cell, keyText, rowSubject, metadataFields } from "../../wallRows.ts"
import { countOf, operations, totalsAt, wall } from "../../wallState.ts"
import { Consumer } from "../Consumer.tsx"
import { ConsumerDeadLetters } from "../DeadLettersPanel.tsx"
import { Chips, Schema, Section, ErrorMessage } from "../parts.tsx"

const pageSize = 50
const debounceMillis = 400

/** The rows now, reloaded when an event that the view reads is appended; or the rows at a position. */
const useRows = (list: string, newest: number, at: number | undefined, query: string) => {
  const [answer, setAnswer] = useState<Answer<Rows>>()
  const [progress, setProgress] = useState<number>()
  useEffect(() => {
    const abort = new AbortController()
    const load = async () => {
      if (at === undefined)
        return call<Rows>(`${list}?limit=${pageSize}&after=${newest}${query}`, { signal: abort.signal })
      setProgress(0)
      return fetchWithProgress<Rows>(`${list}?limit=${pageSize}&at=${at}${query}`, setProgress, abort.signal)
    }
    const timer = setTimeout(
      async () => {
        const answer = await load()
        if (abort.signal.aborted || !answer) return
        setProgress(undefined)
        setAnswer(answer)
      },
      answer ? debounceMillis : 0
    )
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [list, newest, at, query])
  return { answer, progress }
}

const RowsTable = ({ rows, view }: { readonly rows: Rows["rows"]; readonly view: View }) => {
  const keyFields = view.key.map(({ word }) => word)
  const otherFields = new Set(
    rows.flatMap((row) => Object.keys(row)).filter((word) => !keyFields.includes(word) && !metadataFields.has(word))
  )
  const columns = [...keyFields, ...otherFields]
  return (
    <div class="wide" tabIndex={0} role="region" aria-label={`Rows of ${view.name}`}>
      <table class="rows">
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col">{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const about = rowSubject(view, row)
            return (
              <tr key={JSON.stringify(about.words)}>
                {columns.map((column, n) => (
                  <td>
                    {n === 0 ? (
                      <a
                        href={hrefOf({ subject: about, filter: {} })}
                        aria-label={`${keyText(about) || view.name}: the row and its events`}
                      >
                        {cell(row[column])}
                      </a>
                    ) : (
                      cell(row[column])
                    )}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** Buttons that page through a long list. `starts` are the ends of the previous pages. */
const Pages = ({
  answer: { more, next, rows },
  starts: pageStarts,
  onStarts
}: {
  readonly answer: Rows
  readonly starts: ReadonlyArray<string>
  readonly onStarts: (pageStarts: ReadonlyArray<string>) => void
}) => {
  if (pageStarts.length === 0 && !more) return null
  return (
    <p class="pages">
      <button
        type="button"
        class="small"
        disabled={pageStarts.length === 0}
        onClick={() => onStarts(pageStarts.slice(0, -1))}
      >
        previous
      </button>
      <span class="muted">
        {rows.length === 0
          ? "no rows"
          : `rows ${count(pageStarts.length * pageSize + 1)} to ${count(pageStarts.length * pageSize + rows.length)}`}
      </span>
      <button type="button" class="small" disabled={next === null} onClick={() => onStarts([...pageStarts, next!])}>
        next
      </button>
      {more && next === null && <span class="muted">There are more: narrow the list.</span>}
    </p>
  )
}

export const ViewPanel = ({ name }: { readonly name: string }) => {
  const view = wall.value!.board.views.find((view) => view.name === name)!
  const words = rowFilter.value
  const at = totalsAt.value?.position
  const newest = Math.max(0, ...view.reads.map((type) => countOf(type).position))
  const [pageStarts, setStarts] = useState<ReadonlyArray<string>>([])
  const chosen = Object.entries(words)
    .filter(([, word]) => word.trim() !== "")
    .map(([name, word]) => `&${name}=${encodeURIComponent(word.trim())}`)
    .join("")
  const start = pageStarts.at(-1)
  const query = start === undefined ? chosen : `${chosen}&next=${encodeURIComponent(start)}`
  const { answer, progress } = useRows(view.list, newest, at, query)
  const state = operations.value?.views[name]
  return (
    <>
      {at === undefined && <ConsumerDeadLetters consumer={view.consumer} />}
      <Section title={at === undefined ? "Rows now" : `Rows as of ${count(at)}`}>
        {view.key.length > 0 && (
          <form class="narrow" onSubmit={(event) => event.preventDefault()}>
            {view.key.map(({ word }) => (
              <label>
                {word}
                <input
                  value={words[word] ?? ""}
                  placeholder="any, or from..to"
                  onInput={({ currentTarget }) => {
                    setStarts([])
                    rowFilter.value = { ...words, [word]: currentTarget.value }
                  }}
                />
              </label>
            ))}
          </form>
        )}
        {progress !== undefined && <progress max={1} value={progress} aria-label="Rebuilding the rows from the log" />}
        {answer && !answer.ok && (
          <ErrorMessage>
            {answer.problem.errors?.map(({ message }) => message).join(". ") ?? answer.problem.detail}
          </ErrorMessage>
        )}
        {answer?.ok && answer.body.rows.length === 0 && !answer.body.deadLetters && (
          <p class="muted">{chosen === "" ? "None yet." : "No row matches."}</p>
        )}
        {answer?.ok && answer.body.rows.length > 0 && <RowsTable rows={answer.body.rows} view={view} />}
        {answer?.ok && <Pages answer={answer.body} starts={pageStarts} onStarts={setStarts} />}
        {answer?.ok && answer.body.deadLetters && (
          <ErrorMessage>{missingEventsText(missingEventCount(answer.body.deadLetters), "rows")}</ErrorMessage>
        )}
      </Section>
      {at === undefined && state && (
        <Section title="Status">
          <Consumer consumer={view.consumer} state={state} />
        </Section>
      )}
      <Section title="Built from">
        <Chips kind="fact" names={view.reads} />
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
