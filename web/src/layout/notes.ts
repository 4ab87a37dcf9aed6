import { type Grid, lineOf, middleOf, type RowHeight } from "./grid.ts"
import type { Box, Label, PlacedNote } from "./Layout.ts"
import type { Note } from "./Model.ts"
import type { Plan } from "./planning/plan.ts"
import { sizes } from "./sizes.ts"
import { shorten, wrap } from "./text.ts"

/** The space left of an event's tags, for the arrows to them. */
const tagInset = ({ of }: NonNullable<Note["tag"]>) => 12 + sizes.tagTrack * (of - 1)

const titleOf = (note: Note, width: number): ReadonlyArray<string> => {
  const { kind, name, tag } = note
  if (tag !== undefined) return [shorten(name, width - tagInset(tag) - 2 * sizes.pad, sizes.small, "semibold")]
  if (kind === "screen") return [shorten(name, width - 36, sizes.small)]
  if (kind === "automation") return wrap(name, width - 48, sizes.small, "semibold", 2)
  return wrap(name, width - 2 * sizes.pad, sizes.name, "semibold", 2)
}

const heightOf = (note: Note, width: number): number => {
  if (note.kind === "screen") return sizes.screenHeight
  if (note.kind === "automation") return sizes.automationHeight
  const guardLine = note.guards?.length ? sizes.guardLine : 0
  return sizes.noteHeight + (titleOf(note, width).length - 1) * sizes.nameLine + guardLine
}

/** The heights of the rows: all notes of a row are as high as its highest one. */
export const heightsOf = ({ rows, notes }: Plan, width: number): ReadonlyArray<RowHeight> =>
  Array.from({ length: rows }, (_, row) => {
    const here = notes.filter((note) => note.row === row)
    const heights = here.filter(({ tag }) => tag === undefined).map((note) => heightOf(note, width))
    const tags = Math.max(0, ...here.map(({ tag }) => tag?.of ?? 0))
    return { notes: Math.max(sizes.screenHeight, ...heights), tags: tags * (sizes.tag + sizes.tagGap) }
  })

const boxOf = (note: Note, { x, y }: Grid): Box => {
  const [across, down] = [x(lineOf(note.slot)), y(lineOf(note.row))]
  const width = across.to - across.from
  if (note.tag !== undefined) {
    const inset = tagInset(note.tag)
    const top = down.to + sizes.tagGap + note.tag.nth * (sizes.tag + sizes.tagGap)
    return { x: across.from + inset, y: top, width: width - inset, height: sizes.tag }
  }
  const hasOwnHeight = note.kind === "screen" || note.kind === "automation"
  const height = hasOwnHeight ? heightOf(note, width) : down.to - down.from
  return { x: across.from, y: hasOwnHeight ? middleOf(down) - height / 2 : down.from, width, height }
}

/** A note at its coordinates, with its texts. */
export const placeNote = (note: Note, grid: Grid): PlacedNote => {
  const box = boxOf(note, grid)
  const cell = grid.x(lineOf(note.slot))
  const width = cell.to - cell.from
  const { id, kind, name, isRepeated, column, tag } = note
  const lines = titleOf(note, width)
  const label = (text: string, dx: number, dy: number, size: number, bold: boolean): Label => ({
    text,
    x: box.x + dx,
    y: box.y + dy,
    size,
    bold
  })
  const title = lines.map((text, n) => {
    if (tag !== undefined) return label(text, sizes.pad, 14, sizes.small, true)
    if (kind === "screen") return label(text, 30, 13, sizes.small, false)
    if (kind === "automation") return label(text, 38, (lines.length > 1 ? 15 : 21) + n * 13.5, sizes.small, true)
    return label(text, sizes.pad, 17 + n * sizes.nameLine, sizes.name, true)
  })
  const belowTitle = 16 + lines.length * sizes.nameLine
  const small = (text: string, dx: number, dy: number) =>
    label(shorten(text, width - dx - sizes.pad, sizes.small), dx, dy, sizes.small, false)
  const fields = note.fields.join(" · ")
  const guards = note.guards?.join(" · ")
  return {
    id,
    kind,
    name,
    isRepeated,
    column,
    ...(tag && { tag: tag.nth }),
    ...box,
    title,
    ...(fields && {
      allFields: fields,
      fields: small(fields, sizes.pad, belowTitle)
    }),
    ...(guards && {
      allGuards: guards,
      guards: small(guards, sizes.pad + sizes.guardIcon, belowTitle + (fields ? sizes.guardLine : 0))
    })
  }
}
