import { useEffect, useState } from "preact/hooks"
import type { Rows } from "../../../../src/layers/blueprint/operations.ts"
import { folded } from "../../api/folded.ts"
import { type Answer, call } from "../../api/http.ts"
import { count, plural } from "../../ui/format.ts"
import { setAsideOf, setAsideText } from "../../ui/setAside.ts"
import { hrefOf } from "../history.ts"
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

const cell = (value: unknown): string => {
  if (value === undefined || value === null) return ""
  if (typeof value !== "object") return String(value)
  if (Array.isArray(value)) return value.map(cell).join(", ")
  const entries = Object.entries(value)
  return entries.length === 1 && entries[0]![0] === "id"
    ? String(entries[0]![1])
    : entries.map(([name, of]) => `${name} ${cell(of)}`).join(" ")
}

const stamps = new Set(["position", "updatedAt", "updatedBy"])

/** A row has an address: that of its list, narrowed to its key. */
const hrefToRow = (row: Rows["rows"][number], key: ReadonlyArray<string>): string =>
  hrefOf({ narrowed: Object.fromEntries(key.map((word) => [word, cell(row[word])])) })

const RowsTable = ({
  rows,
  first,
  name
}: {
  readonly rows: Rows["rows"]
  readonly first: ReadonlyArray<string>
  readonly name: string
}) => {
  const rest = new Set(
    rows.flatMap((row) => Object.keys(row)).filter((word) => !first.includes(word) && !stamps.has(word))
  )
  const columns = [...first, ...rest]
  return (
    <div class="wide" tabIndex={0} role="region" aria-label={`Rows of ${name}`}>
      <table class="rows">
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col">{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {columns.map((column) => (
                <td>
                  {column === first[0] ? <a href={hrefToRow(row, first)}>{cell(row[column])}</a> : cell(row[column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export const ViewPanel = ({ name }: { readonly name: string }) => {
  const view = wall.value!.board.views.find((view) => view.name === name)!
  const words = narrowed.value
  const at = then.value?.position
  const newest = Math.max(0, ...view.reads.map((fact) => countOf(fact).position))
  const query = Object.entries(words)
    .filter(([, word]) => word.trim() !== "")
    .map(([name, word]) => `&${name}=${encodeURIComponent(word.trim())}`)
    .join("")
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
                  onInput={({ currentTarget }) => (narrowed.value = { ...words, [word]: currentTarget.value })}
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
          <p class="muted">{query === "" ? "None yet." : "No row has these words."}</p>
        )}
        {answer?.ok && answer.body.rows.length > 0 && (
          <RowsTable rows={answer.body.rows} first={view.key.map(({ word }) => word)} name={name} />
        )}
        {answer?.ok && answer.body.more && (
          <p class="muted">The first {plural(answer.body.rows.length, "row")}; there are more.</p>
        )}
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
