import type { EventView } from "../../../../src/layers/contract/eventSchema.ts"
import type { Search } from "../../../../src/layers/contract/searchSchema.ts"
import { count, summarize, plural } from "../../ui/format.ts"
import { matchingIds, ruleId } from "../view.ts"
import { cell, keyText, rowSubject, metadataFields } from "../wallRows.ts"
import { type Subject, wall } from "../wallState.ts"

/** One search result. */
export interface Option {
  readonly id: string
  readonly title: string
  readonly about?: string | undefined
  /** The subject it opens; undefined: it searches for older events. */
  readonly opens?: Subject | undefined
  /** The id of its note or rule, if it is one. */
  readonly item?: string
}

export interface Group {
  readonly title: string
  readonly options: ReadonlyArray<Option>
}

const maxItems = 8

const kinds = {
  event: "event",
  command: "command",
  message: "message",
  view: "read model",
  automation: "automation",
  screen: "screen"
} as const

/** The notes and rules that match; a note that is drawn twice is listed once. */
const onTheWall = (): Group => {
  const { board, layout } = wall.value!
  const ids = matchingIds.value ?? new Set()
  const notes = layout.notes
    .filter(({ isRepeated, id }) => ids.has(id) && !isRepeated)
    .map(({ column, id, kind, name }): Option => {
      const about = kind === "screen" ? `screen of ${board.slices[column]!.title}` : kinds[kind]
      return { id: `item-${id}`, title: name, about, opens: { kind, name, column }, item: id }
    })
  const rules = layout.cards.flatMap(({ column, rules }) =>
    rules
      .map(({ rule }) => ({ rule, id: ruleId(column, rule) }))
      .filter(({ id }) => ids.has(id))
      .map(({ id, rule }): Option => {
        const about = `rule of ${board.slices[column]!.title}`
        return { id: `item-${id}`, title: rule, about, opens: { kind: "rule", column, rule }, item: id }
      })
  )
  const all = [...notes, ...rules]
  const left = all.length - maxItems
  return { title: `On the wall${left > 0 ? `, and ${count(left)} more` : ""}`, options: all.slice(0, maxItems) }
}

const event =
  (prefix: string) =>
  (found_: EventView): Option => ({
    id: `${prefix}-${found_.position}`,
    title: `${found_.type} at position ${count(found_.position)}`,
    about: found_.unknown === undefined ? summarize(found_.data) : "cannot be read",
    opens: { kind: "recorded", position: found_.position }
  })

const rows = ({ more, rows, view: name }: Search["rows"][number]): Group => {
  const view = wall.value!.board.views.find((view) => view.name === name)!
  const words = new Set(view.key.map(({ word }) => word))
  return {
    title: `Rows of ${name}${more ? ", some of them" : ""}`,
    options: rows.map((row): Option => {
      const opens = rowSubject(view, row)
      const rest = Object.entries(row).filter(([field]) => !words.has(field) && !metadataFields.has(field))
      return {
        id: `row-${name}-${JSON.stringify(opens.words)}`,
        title: keyText(opens) || name,
        about: rest.map(([field, value]) => `${field} ${cell(value)}`).join(" · "),
        opens
      }
    })
  }
}

const older = (next: number): Option => ({ id: "older", title: `Older events, before position ${count(next)}` })

/** The search results in groups, without empty groups. */
export const groupsOf = (search: Search | undefined): ReadonlyArray<Group> => {
  const { correlation = null, events = [], named = [], next = null, rows: found = [] } = search ?? {}
  const correlated: ReadonlyArray<Option> = correlation
    ? [
        {
          id: "correlation",
          title: correlation.id,
          about: `last ${correlation.newest.type} at position ${count(correlation.newest.position)}`,
          opens: { kind: "correlation", id: correlation.id }
        }
      ]
    : []
  return [
    { title: "By position or id", options: named.map(event("named")) },
    { title: "Correlation", options: correlated },
    onTheWall(),
    ...found.map(rows),
    { title: "Events", options: [...events.map(event("event")), ...(next === null ? [] : [older(next)])] }
  ].filter(({ options }) => options.length > 0)
}

/** The number of results as text, for screen readers. */
export const summary = (groups: ReadonlyArray<Group>): string => {
  const many = groups.flatMap(({ options }) => options).filter(({ opens }) => opens).length
  return many === 0 ? "Nothing found" : plural(many, "result")
}
