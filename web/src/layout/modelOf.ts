import type { Blueprint } from "../../../src/layers/contract/blueprintSchema.ts"
import type { Model, SliceModel } from "./Model.ts"

/** The events that a command reads in boundaries of one use, each once. */
const eventsRead = (reads: Blueprint["commands"][number]["reads"], wanted: (typeof reads)[number]["use"]) => [
  ...new Set(reads.flatMap(({ facts, use }) => (use === wanted ? facts : [])))
]

/** The boundaries that a command guards, each once. */
const boundariesGuarded = (reads: Blueprint["commands"][number]["reads"]) => [
  ...new Set(
    reads.filter(({ use }) => use === "guarded").map(({ boundary, many }) => (many ? `each ${boundary}` : boundary))
  )
]

/** The layout model of a board's blueprint. */
export const modelOf = ({ actors, lanes, facts, commands, views, automations, messages, slices }: Blueprint): Model => {
  const automation = new Map(automations.map((automation) => [automation.name, automation]))
  return {
    actors: actors.map(({ name, kind }) => ({ name, bot: kind === "machine" })),
    lanes: lanes.map(({ also, title, name }) => ({ title, stream: name, also: also.map(({ name }) => name) })),
    events: facts.map(({ name, fields, lane }) => ({
      name,
      fields,
      lane: lanes.findIndex((other) => other.name === lane)
    })),
    commands: commands.map(({ name, fields, emits, reads }) => ({
      name,
      fields,
      emits,
      guards: boundariesGuarded(reads),
      checks: eventsRead(reads, "checked"),
      trusts: eventsRead(reads, "trusted")
    })),
    views: views.map(({ name, key, fields, reads }) => ({
      name,
      fields: [...key.map(({ word }) => word), ...fields],
      reads
    })),
    messages: messages.map(({ name, fields }) => ({ name, fields })),
    slices: slices.map((slice): SliceModel => {
      const { title, actor } = slice
      const column = { title, actor, rules: slice.rules.map(({ text }) => text) }
      const screen = slice.screen ?? ""
      if (slice.kind === "change") return { ...column, tag: "Change", screen, command: slice.command! }
      if (slice.kind === "view") return { ...column, tag: "View", screen, view: slice.view! }
      const { name, when, issues, sends } = automation.get(slice.automation!)!
      return issues === null
        ? { ...column, tag: "Messages", name, when, sends }
        : { ...column, tag: "Automation", name, when, command: issues }
    })
  }
}
