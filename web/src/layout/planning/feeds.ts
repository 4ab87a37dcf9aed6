import type { Link } from "../Model.ts"
import type { ModelIndex } from "./modelIndex.ts"
import { linkOf, noteId, tagId } from "./noteIds.ts"

/** A read model further right than this, or left of the event that feeds it, is drawn again below that event. */
const maxColumnsAhead = 3

/** The links from events to the read models that they feed. */
export interface Feeds {
  readonly links: ReadonlyArray<Link>
  /** The read models that are drawn as tags below an event instead of linked in their own columns, by the event's note. */
  readonly tags: ReadonlyMap<string, ReadonlyArray<string>>
}

export const feedsOf = ({ model, eventColumns, viewColumns }: ModelIndex): Feeds => {
  const links: Array<Link> = []
  const tags = new Map<string, Array<string>>()
  for (const { name, reads } of model.views) {
    const at = viewColumns.get(name)
    if (at === undefined) continue
    const sources = reads.flatMap((event) => (eventColumns.get(event) ?? []).map((column) => ({ event, column })))
    const ahead = sources.filter(({ column }) => column <= at && at - column <= maxColumnsAhead)
    // A read model without a near source keeps one arrow to its own column, so that its origin is visible.
    const direct = ahead.length > 0 ? ahead : sources.slice(0, 1)
    for (const source of sources) {
      const { event, column } = source
      const from = noteId("event", event, column)
      if (direct.includes(source)) links.push(linkOf("feeds", from, noteId("view", name, at)))
      else {
        links.push({ ...linkOf("feeds", from, tagId(name, event, column)), within: true })
        tags.set(from, [...(tags.get(from) ?? []), name])
      }
    }
  }
  return { links, tags }
}
