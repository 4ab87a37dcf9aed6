import { useEffect, useState } from "preact/hooks"
import type { FactsPage, Seen } from "../../../../src/layers/blueprint/seen.ts"
import { call } from "../../api/http.ts"
import { count, plural } from "../../ui/format.ts"
import { countOf, loaded, newest, then, wall } from "../state.ts"
import { Chips, FactLine, Json, Schema, Section, Trouble } from "./parts.tsx"

const dayMillis = 86_400_000
const kept = ({ maxAgeMillis, maxBytes }: { readonly maxAgeMillis: number | null; readonly maxBytes: number }) =>
  `${maxAgeMillis === null ? "for ever" : plural(Math.round(maxAgeMillis / dayMillis), "day")}, up to ${count(Math.round(maxBytes / 1_048_576))} MiB`

/** The newest facts of a type, then the older ones page by page; what is appended comes on top. */
const useFacts = (type: string, upTo: number | undefined) => {
  const [page, setPage] = useState<FactsPage>()
  const [detail, setDetail] = useState("")
  const ask = async (before: number | null, shown: ReadonlyArray<Seen>) => {
    const query = before === null ? "" : `&before=${before}`
    const answer = await call<FactsPage>(`/facts?type=${encodeURIComponent(type)}&limit=12${query}`)
    if (answer.ok) setPage({ ...answer.body, facts: [...shown, ...answer.body.facts] })
    else setDetail(answer.problem.detail)
  }
  useEffect(() => void ask(upTo === undefined ? null : upTo + 1, []), [type, upTo])
  const top = page?.facts[0]?.position ?? Number.POSITIVE_INFINITY
  const fresh = upTo === undefined ? newest.value.filter((fact) => fact.type === type && fact.position > top) : []
  const next = page?.next
  return {
    detail,
    facts: page && [...fresh, ...page.facts],
    more: page && next != null ? () => void ask(next, page.facts) : undefined
  }
}

const headingOf = (many: number): string => {
  if (!loaded.value) return "Reading the log…"
  if (many > 0) return `Last of ${count(many)}`
  return then.value ? "Not yet in the log" : "Never seen in the log"
}

export const FactPanel = ({ name }: { readonly name: string }) => {
  const { board } = wall.value!
  const declared = board.facts.find((fact) => fact.name === name)!
  const lane = board.lanes.find((lane) => lane.name === declared.lane)!
  const { facts, more, detail } = useFacts(name, then.value?.position)
  const many = countOf(name).count
  return (
    <>
      {declared.description && <p>{declared.description}</p>}
      <Section title={headingOf(many)}>
        {detail && <Trouble>{detail}</Trouble>}
        <div class="lines">
          {facts?.map((fact) => (
            <FactLine key={fact.position} fact={fact} />
          ))}
        </div>
        {more && (
          <button type="button" class="small" onClick={more}>
            older
          </button>
        )}
      </Section>
      <Section title="What it says">
        <Schema schema={declared.schema} />
        {declared.example && <Json value={declared.example} label="Example" />}
      </Section>
      <Section title="Who has to do with it">
        <Chips
          kind="command"
          names={board.commands.filter(({ emits }) => emits.includes(name)).map(({ name }) => name)}
        />
        <Chips kind="view" names={board.views.filter(({ reads }) => reads.includes(name)).map(({ name }) => name)} />
        <Chips
          kind="gear"
          names={board.automations.filter(({ when }) => when.includes(name)).map(({ name }) => name)}
        />
      </Section>
      <Section title="Where it is kept">
        <table class="fields">
          <tbody>
            <tr>
              <th scope="row">lane</th>
              <td>{lane.title}</td>
            </tr>
            <tr>
              <th scope="row">stream</th>
              <td>
                <code>{lane.name}</code>
              </td>
            </tr>
            <tr>
              <th scope="row">subjects</th>
              <td>
                <code>{lane.subjects}</code>
              </td>
            </tr>
            <tr>
              <th scope="row">kept</th>
              <td>{kept(lane.keeps)}</td>
            </tr>
            <tr>
              <th scope="row">version</th>
              <td>{declared.version}</td>
            </tr>
          </tbody>
        </table>
      </Section>
    </>
  )
}
