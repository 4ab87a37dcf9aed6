import type { Link, Note, Relation } from "../Model.ts"

export const noteId = (kind: Note["kind"], name: string, column: number): string => `${kind}/${name}/${column}`

/** The id of a read model that is drawn again below an event. */
export const tagId = (view: string, event: string, column: number): string => `${noteId("view", view, column)}/${event}`

export const linkOf = (relation: Relation, from: string, to: string): Link => ({
  id: `${from} > ${to}`,
  relation,
  from,
  to
})
