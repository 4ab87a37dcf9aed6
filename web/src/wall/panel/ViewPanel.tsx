import { useEffect, useState } from "preact/hooks"
import type { View } from "../../../../src/layers/contract/blueprintSchema.ts"
import type { Rows } from "../../../../src/layers/contract/operationsSchema.ts"
import { folded } from "../../api/folded.ts"
import { type Answer, call } from "../../api/http.ts"
import { count } from "../../ui/format.ts"
import { setAsideOf, setAsideText } from "../../ui/setAside.ts"
import { hrefOf } from "../history.ts"
import { cell, named, rowSubject, stamps } from "../rows.ts"
import { countOf, operations, then, wall } from "../state.ts"
import { narrowed } from "../view.ts"
import { Consumer } from "./Consumer.tsx"
import { ParkedHere } from "./ParkedPanel.tsx"
import { Chips, Schema, Section, Trouble } from "./parts.tsx"

const most = 50
const restMillis = 400

/** Rows as they are now, again whenever a fact is appended that is read; or as they were at a position. */
const useRows = (list: string, newest: number, at: number | undefined, query: string) => {
  const [answer, setAnswer] = useState<Answer<Rows>>()
  const [progress, setProgress] = useState<number>()
  useEffect(() => {
    const abort = new AbortController()
    const asked = async () => {
      if (at === undefined) return call<Rows>(`${list}?limit=${most}&after=${newest}${query}`, { signal: abort.signal })
      setProgress(0)
      return folded<Rows>(`${list}?limit=${most}&at=${at}${query}`, setProgress, abort.signal)
    }
    const timer = setTimeout(
      async () => {
        const answer = await asked()
        if (abort.signal.aborted || !answer) return
        setProgress(undefined)
        setAnswer(answer)
      },
      answer ? restMillis : 0
    )
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [list, newest, at, query])
  return { answer, progress }
}

const RowsTable = ({ rows, view }: { readonly rows: Rows["rows"]; readonly view: View }) => {
  const first = view.key.map(({ word }) => word)
  const rest = new Set(
    rows.flatMap((row) => Object.keys(row)).filter((word) => !first.includes(word) && !stamps.has(word))
  )
  const columns = [...first, ...rest]
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
                        href={hrefOf({ subject: about, narrowed: {} })}
                        aria-label={`${named(about) || view.name}: the row and its events`}
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

/** Goes through a long list page by page. `starts` are the ends of the pages before. */
const Pages = ({
  answer: { more, next, rows },
  starts,
  onStarts
}: {
  readonly answer: Rows
  readonly starts: ReadonlyArray<string>
  readonly onStarts: (starts: ReadonlyArray<string>) => void
}) => {
  if (starts.length === 0 && !more) return null
  return (
    <p class="pages">
      <button type="button" class="small" disabled={starts.length === 0} onClick={() => onStarts(starts.slice(0, -1))}>
        previous
      </button>
      <span class="muted">
        {rows.length === 0
          ? "no rows"
          : `rows ${count(starts.length * most + 1)} to ${count(starts.length * most + rows.length)}`}
      </span>
      <button type="button" class="small" disabled={next === null} onClick={() => onStarts([...starts, next!])}>
        next
      </button>
      {more && next === null && <span class="muted">There are more: narrow the list.</span>}
    </p>
  )
}

export const ViewPanel = ({ name }: { readonly name: string }) => {
  const view = wall.value!.board.views.find((view) => view.name === name)!
  const words = narrowed.value
  const at = then.value?.position
  const newest = Math.max(0, ...view.reads.map((fact) => countOf(fact).position))
  const [starts, setStarts] = useState<ReadonlyArray<string>>([])
  const chosen = Object.entries(words)
    .filter(([, word]) => word.trim() !== "")
    .map(([name, word]) => `&${name}=${encodeURIComponent(word.trim())}`)
    .join("")
  const start = starts.at(-1)
  const query = start === undefined ? chosen : `${chosen}&next=${encodeURIComponent(start)}`
  const { answer, progress } = useRows(view.list, newest, at, query)
  const state = operations.value?.views[name]
  return (
    <>
      {at === undefined && <ParkedHere consumer={view.consumer} />}
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
                    narrowed.value = { ...words, [word]: currentTarget.value }
                  }}
                />
              </label>
            ))}
          </form>
        )}
        {progress !== undefined && <progress max={1} value={progress} aria-label="Folding the rows from the log" />}
        {answer && !answer.ok && (
          <Trouble>{answer.problem.errors?.map(({ message }) => message).join(". ") ?? answer.problem.detail}</Trouble>
        )}
        {answer?.ok && answer.body.rows.length === 0 && !answer.body.deadLetters && (
          <p class="muted">{chosen === "" ? "None yet." : "No row has these words."}</p>
        )}
        {answer?.ok && answer.body.rows.length > 0 && <RowsTable rows={answer.body.rows} view={view} />}
        {answer?.ok && <Pages answer={answer.body} starts={starts} onStarts={setStarts} />}
        {answer?.ok && answer.body.deadLetters && (
          <Trouble>{setAsideText(setAsideOf(answer.body.deadLetters), "rows")}</Trouble>
        )}
      </Section>
      {at === undefined && state && (
        <Section title="How it stands">
          <Consumer consumer={view.consumer} state={state} />
        </Section>
      )}
      <Section title="Is made of">
        <Chips kind="fact" names={view.reads} />
      </Section>
      <Section title="A row">
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
