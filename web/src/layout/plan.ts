import type { Link, Model, Note, Relation, SliceModel } from "./Model.ts"

/** The cell of each note and the links between notes, before any coordinates. */
export interface Plan {
  /** The row of the commands and read models: the actors are above, the lanes below. */
  readonly middle: number
  readonly rows: number
  readonly columns: ReadonlyArray<{ readonly first: number; readonly slots: number }>
  readonly notes: ReadonlyArray<Note>
  readonly links: ReadonlyArray<Link>
}

/** A read model further right than this, or left of the event that feeds it, is drawn again below that event. */
const maxColumnsAhead = 3

interface Draft {
  readonly note: Omit<Note, "slot">
  /** The slot within its column. */
  readonly slot: number
}

const noteId = (kind: string, name: string, column: number) => `${kind}/${name}/${column}`
const tagId = (view: string, event: string, column: number) => `${noteId("view", view, column)}/${event}`

/** The columns in which a board's events are drawn: where they are emitted; else where they are first read; else the first. */
const columnsOfEvents = ({ events, commands, views, slices }: Model): ReadonlyMap<string, ReadonlyArray<number>> => {
  const command = new Map(commands.map((command) => [command.name, command]))
  const view = new Map(views.map((view) => [view.name, view]))
  const where = (test: (slice: SliceModel) => boolean) => slices.flatMap((slice, n) => (test(slice) ? [n] : []))
  return new Map(
    events.map(({ name }) => {
      const emitted = where((slice) => slice.tag !== "View" && command.get(slice.command)!.emits.includes(name))
      if (emitted.length > 0) return [name, emitted]
      const read = where((slice) =>
        slice.tag === "View"
          ? view.get(slice.view)!.reads.includes(name)
          : slice.tag === "Automation" && slice.when.includes(name)
      )
      return [name, read.slice(0, 1).concat(0).slice(0, 1)]
    })
  )
}

/** The nearest column at or before `to`; else the nearest after it. */
const nearest = (columns: ReadonlyArray<number>, to: number) =>
  columns.findLast((column) => column <= to) ?? columns.find((column) => column > to)!

export const plan = (model: Model): Plan => {
  const { actors, slices, lanes } = model
  const rowOf = (actor: string) => actors.findIndex(({ name }) => name === actor)
  const middle = actors.length
  const eventColumns = columnsOfEvents(model)
  const commands = new Map(model.commands.map((command) => [command.name, command]))
  const views = new Map(model.views.map((view) => [view.name, view]))
  const viewColumn = new Map(slices.flatMap((slice, n) => (slice.tag === "View" ? [[slice.view, n] as const] : [])))

  const links: Array<Link> = []
  const link = (relation: Relation, from: string, to: string, within = false) => {
    const id = `${from} > ${to}`
    if (!links.some((other) => other.id === id)) links.push({ id, relation, from, to, ...(within && { within }) })
  }

  /** The views that are drawn as tags below an event instead of linked in their own columns, by the event's note. */
  const tags = new Map<string, Array<string>>()
  for (const { name, reads } of model.views) {
    const at = viewColumn.get(name)
    if (at === undefined) continue
    const sources = reads.flatMap((event) => (eventColumns.get(event) ?? []).map((column) => ({ event, column })))
    const ahead = sources.filter(({ column }) => column <= at && at - column <= maxColumnsAhead)
    // A read model without a near source keeps one arrow to its own column, so that its origin is visible.
    const direct = ahead.length > 0 ? ahead : sources.slice(0, 1)
    for (const source of sources) {
      const { event, column } = source
      if (direct.includes(source)) link("feeds", noteId("fact", event, column), noteId("view", name, at))
      else {
        const from = noteId("fact", event, column)
        link("feeds", from, tagId(name, event, column), true)
        tags.set(from, [...(tags.get(from) ?? []), name])
      }
    }
  }

  const drafts: Array<Draft> = []
  slices.forEach((slice, column) => {
    const addNote = (
      kind: Note["kind"],
      name: string,
      row: number,
      slot: number,
      fields: ReadonlyArray<string> = [],
      isRepeated = false
    ) => {
      const id = noteId(kind, name, column)
      drafts.push({ note: { id, kind, name, fields, column, row, isRepeated }, slot })
      return id
    }

    if (slice.tag === "View") {
      const { fields } = views.get(slice.view)!
      const view = addNote("view", slice.view, middle, 0, fields)
      const next = slices.findIndex(
        (other, n) =>
          n > column &&
          n <= column + 2 &&
          other.tag === "Change" &&
          other.actor === slice.actor &&
          other.screen === slice.screen
      )
      const screen =
        next < 0 ? addNote("screen", slice.screen, rowOf(slice.actor), 0) : noteId("screen", slice.screen, next)
      link("shows", view, screen)
    } else {
      const command = addNote("command", slice.command, middle, 0, commands.get(slice.command)!.fields)
      if (slice.tag === "Change") link("pushes", addNote("screen", slice.screen, rowOf(slice.actor), 0), command)
      else {
        const automation = addNote("gear", slice.name, rowOf(slice.actor), 0)
        link("issues", automation, command)
        for (const event of slice.when)
          link("wakes", noteId("fact", event, nearest(eventColumns.get(event)!, column)), automation)
      }
      for (const event of commands.get(slice.command)!.unguarded)
        link("reads", noteId("fact", event, nearest(eventColumns.get(event)!, column)), command)
      for (const event of commands.get(slice.command)!.emits) link("emits", command, noteId("fact", event, column))
    }

    const inLane = new Map<number, number>()
    for (const { name, lane, fields } of model.events.filter(({ name }) => eventColumns.get(name)!.includes(column))) {
      const slot = inLane.get(lane) ?? 0
      inLane.set(lane, slot + 1)
      const row = middle + 1 + lane
      const event = addNote("fact", name, row, slot, fields, eventColumns.get(name)![0] !== column)
      const views = tags.get(event) ?? []
      for (const [nth, view] of views.entries()) {
        const id = tagId(view, name, column)
        const tag = { nth, of: views.length }
        drafts.push({ note: { id, kind: "view", name: view, fields: [], column, row, isRepeated: true, tag }, slot })
      }
    }
  })

  let first = 0
  const columns = slices.map((_, column) => {
    const slots = 1 + Math.max(0, ...drafts.filter(({ note }) => note.column === column).map(({ slot }) => slot))
    const placed = { first, slots }
    first += slots
    return placed
  })
  const notes = drafts.map(({ note, slot }): Note => ({ ...note, slot: columns[note.column]!.first + slot }))
  return { middle, rows: middle + 1 + lanes.length, columns, notes, links }
}
