import type { Link, Model, Note } from "../Model.ts"
import { feedsOf } from "./feeds.ts"
import { indexModel } from "./modelIndex.ts"
import { slicePartsOf } from "./slices.ts"

/** The cell of each note and the links between notes, before any coordinates. */
export interface Plan {
  /** The row of the commands and read models: the actors are above, the lanes below. */
  readonly middle: number
  readonly rows: number
  readonly columns: ReadonlyArray<{ readonly first: number; readonly slots: number }>
  readonly notes: ReadonlyArray<Note>
  readonly links: ReadonlyArray<Link>
}

/** The links without repetitions: two slices may have the same command. */
const distinct = (links: ReadonlyArray<Link>): ReadonlyArray<Link> => {
  const byId = new Map<string, Link>()
  for (const link of links) if (!byId.has(link.id)) byId.set(link.id, link)
  return [...byId.values()]
}

export const plan = (model: Model): Plan => {
  const index = indexModel(model)
  const feeds = feedsOf(index)
  const parts = model.slices.map((slice, column) => slicePartsOf(slice, column, index, feeds))
  let first = 0
  const columns = parts.map(({ drafts }) => {
    const slots = 1 + Math.max(0, ...drafts.map(({ slot }) => slot))
    const placed = { first, slots }
    first += slots
    return placed
  })
  return {
    middle: index.middle,
    rows: index.middle + 1 + model.lanes.length,
    columns,
    notes: parts.flatMap(({ drafts }, n) => drafts.map((note) => ({ ...note, slot: columns[n]!.first + note.slot }))),
    links: distinct([...feeds.links, ...parts.flatMap(({ links }) => links)])
  }
}
