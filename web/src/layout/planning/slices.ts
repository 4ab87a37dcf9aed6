import type { Link, Note, SliceModel } from "../Model.ts"
import type { Feeds } from "./feeds.ts"
import { type ModelIndex, nearestColumn } from "./modelIndex.ts"
import { linkOf, noteId, tagId } from "./noteIds.ts"

/** A note whose slot counts from the first slot of its column. */
type Draft = Note

/** The notes of a slice in its column, and the links that it adds. */
export interface SliceParts {
  readonly drafts: ReadonlyArray<Draft>
  readonly links: ReadonlyArray<Link>
}

const draft = ({
  kind,
  name,
  column,
  ...rest
}: Pick<Draft, "kind" | "name" | "column" | "row"> & Partial<Draft>): Draft => ({
  id: noteId(kind, name, column),
  kind,
  name,
  column,
  fields: [],
  isRepeated: false,
  slot: 0,
  ...rest
})

/** A screen that sends a command right after it shows a read model is drawn once, with the command. */
const columnOfSameScreen = (slices: ReadonlyArray<SliceModel>, { actor, screen }: ViewSlice, column: number) =>
  slices.findIndex(
    (other, n) =>
      n > column && n <= column + 2 && other.tag === "Change" && other.actor === actor && other.screen === screen
  )

type ViewSlice = Extract<SliceModel, { readonly tag: "View" }>

const viewParts = (slice: ViewSlice, column: number, { middle, model, rowOf, views }: ModelIndex): SliceParts => {
  const { fields } = views.get(slice.view)!
  const view = draft({ kind: "view", name: slice.view, column, row: middle, fields })
  const later = columnOfSameScreen(model.slices, slice, column)
  if (later >= 0) {
    return { drafts: [view], links: [linkOf("shows", view.id, noteId("screen", slice.screen, later))] }
  }
  const screen = draft({ kind: "screen", name: slice.screen, column, row: rowOf(slice.actor) })
  return { drafts: [view, screen], links: [linkOf("shows", view.id, screen.id)] }
}

type MessageSlice = Extract<SliceModel, { readonly tag: "Messages" }>

const messageParts = ({ actor, name, sends, when }: MessageSlice, column: number, index: ModelIndex): SliceParts => {
  const { messages, middle, model, rowOf } = index
  const isSentBefore = (message: string) =>
    model.slices.slice(0, column).some((other) => other.tag === "Messages" && other.sends.includes(message))
  const automation = draft({ kind: "automation", name, column, row: rowOf(actor) })
  const drafts = sends.map((message, slot) => {
    const { fields } = messages.get(message)!
    return draft({
      kind: "message",
      name: message,
      column,
      row: middle,
      slot,
      fields,
      isRepeated: isSentBefore(message)
    })
  })
  const triggers = when.map((event) => noteId("event", event, nearestColumn(index, event, column)))
  return {
    drafts: [automation, ...drafts],
    links: [
      ...drafts.map(({ id }) => linkOf("sends", automation.id, id)),
      ...triggers.map((id) => linkOf("wakes", id, automation.id))
    ]
  }
}

const commandParts = (
  slice: Exclude<SliceModel, ViewSlice | MessageSlice>,
  column: number,
  index: ModelIndex
): SliceParts => {
  const { checks, emits, fields, guards, trusts } = index.commands.get(slice.command)!
  const nearest = (event: string) => noteId("event", event, nearestColumn(index, event, column))
  const command = draft({ kind: "command", name: slice.command, column, row: index.middle, fields, guards })
  const isChange = slice.tag === "Change"
  const sender = draft({
    ...(isChange ? { kind: "screen", name: slice.screen } : { kind: "automation", name: slice.name }),
    column,
    row: index.rowOf(slice.actor)
  })
  return {
    drafts: [command, sender],
    links: [
      linkOf(isChange ? "pushes" : "issues", sender.id, command.id),
      ...(isChange ? [] : slice.when).map((event) => linkOf("wakes", nearest(event), sender.id)),
      ...checks.map((event) => linkOf("checks", nearest(event), command.id)),
      ...trusts.map((event) => linkOf("trusts", nearest(event), command.id)),
      ...emits.map((event) => linkOf("emits", command.id, noteId("event", event, column)))
    ]
  }
}

/** The events of a column, side by side in their lanes, with the read models below them. */
const eventDrafts = (column: number, { eventColumns, middle, model }: ModelIndex, { tags }: Feeds) => {
  const slots = new Map<number, number>()
  return model.events.flatMap(({ name, lane, fields }): ReadonlyArray<Draft> => {
    const columns = eventColumns.get(name)!
    if (!columns.includes(column)) return []
    const slot = slots.get(lane) ?? 0
    slots.set(lane, slot + 1)
    const row = middle + 1 + lane
    const event = draft({ kind: "event", name, column, row, slot, fields, isRepeated: columns[0] !== column })
    const views = tags.get(event.id) ?? []
    const below = views.map((view, nth) => {
      const tag = { nth, of: views.length }
      return draft({
        kind: "view",
        name: view,
        column,
        row,
        slot,
        isRepeated: true,
        id: tagId(view, name, column),
        tag
      })
    })
    return [event, ...below]
  })
}

const ownParts = (slice: SliceModel, column: number, index: ModelIndex): SliceParts => {
  if (slice.tag === "View") return viewParts(slice, column, index)
  return slice.tag === "Messages" ? messageParts(slice, column, index) : commandParts(slice, column, index)
}

/** The notes and links of the slice in a column. */
export const slicePartsOf = (slice: SliceModel, column: number, index: ModelIndex, feeds: Feeds): SliceParts => {
  const { drafts, links } = ownParts(slice, column, index)
  return { drafts: [...drafts, ...eventDrafts(column, index, feeds)], links }
}
