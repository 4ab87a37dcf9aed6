import { card } from "./cards.ts"
import { curve, type Point } from "./curve.ts"
import { grid, type Grid, middleOf, offset, type RowHeight } from "./grid.ts"
import type { Arrow, Box, Label, Layout, PlacedNote, Row } from "./Layout.ts"
import type { Link, Model, Note } from "./Model.ts"
import { plan, type Plan } from "./plan.ts"
import { type Route, route } from "./route.ts"
import { sizes } from "./sizes.ts"
import { shorten, wrap } from "./text.ts"
import { type Track, tracks } from "./tracks.ts"

export type { Point } from "./curve.ts"
export type * from "./Layout.ts"
export type * from "./Model.ts"
export { modelOf } from "./modelOf.ts"

const lineOf = (cell: number) => 2 * cell + 1

const tagTrack = 4

/** Left of an event's tags, where the arrows run that lead to them. */
const tagInset = ({ of }: NonNullable<Note["tag"]>) => 12 + tagTrack * (of - 1)

const titleOf = (note: Note, width: number): ReadonlyArray<string> => {
  const { kind, name, tag } = note
  if (tag !== undefined) return [shorten(name, width - tagInset(tag) - 2 * sizes.pad, sizes.small, "semibold")]
  if (kind === "screen") return [shorten(name, width - 36, sizes.small)]
  if (kind === "gear") return wrap(name, width - 48, sizes.small, "semibold", 2)
  return wrap(name, width - 2 * sizes.pad, sizes.name, "semibold", 2)
}

const heightOf = (note: Note, width: number): number => {
  if (note.kind === "screen") return sizes.screenHeight
  if (note.kind === "gear") return sizes.gearHeight
  return sizes.noteHeight + (titleOf(note, width).length - 1) * sizes.nameLine
}

/** Post-its of one row are of one size; a row is as high as what it holds. */
const heightsOf = ({ rows, notes }: Plan, width: number): ReadonlyArray<RowHeight> =>
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
  const own = note.kind === "screen" || note.kind === "gear"
  const height = own ? heightOf(note, width) : down.to - down.from
  return { x: across.from, y: own ? middleOf(down) - height / 2 : down.from, width, height }
}

const placed = (note: Note, grid: Grid): PlacedNote => {
  const box = boxOf(note, grid)
  const cell = grid.x(lineOf(note.slot))
  const width = cell.to - cell.from
  const { id, kind, name, again, column, tag } = note
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
    if (kind === "gear") return label(text, 38, (lines.length > 1 ? 15 : 21) + n * 13.5, sizes.small, true)
    return label(text, sizes.pad, 17 + n * sizes.nameLine, sizes.name, true)
  })
  const fields = note.fields.join(" · ")
  return {
    id,
    kind,
    name,
    again,
    column,
    ...(tag && { tag: tag.nth }),
    ...box,
    title,
    ...(fields && {
      fields: label(
        shorten(fields, width - 2 * sizes.pad, sizes.small),
        sizes.pad,
        16 + lines.length * sizes.nameLine,
        sizes.small,
        false
      )
    })
  }
}

const arrowOf = (
  { link, stretches }: Route,
  notes: ReadonlyMap<string, PlacedNote>,
  all: ReadonlyMap<string, Track>,
  { x, y }: Grid
): Arrow => {
  const [from, to] = [notes.get(link.from)!, notes.get(link.to)!]
  const at = stretches.map(({ vertical, line }, n) => {
    const span = vertical ? x(line) : y(line)
    return middleOf(span) + offset(all.get(`${link.id}/${n}`)!, line, span.to - span.from)
  })
  /** Where an arrow touches a note; its head needs a little air. */
  const touch = (note: Box, n: number, forward: boolean, air: number): Point => {
    const stretch = stretches[n]!
    const low = stretch.from < stretch.to !== forward
    if (stretch.vertical) return [at[n]!, low ? note.y - air : note.y + note.height + air]
    return [low ? note.x - air : note.x + note.width + air, at[n]!]
  }
  const line: Array<Point> = [touch(from, 0, true, 0)]
  for (let n = 1; n < stretches.length; n++) {
    line.push(stretches[n]!.vertical ? [at[n]!, at[n - 1]!] : [at[n - 1]!, at[n]!])
  }
  line.push(touch(to, stretches.length - 1, false, 3))
  return { ...link, ...curve(line) }
}

/** From the bottom of an event, along its left side, to a tag below it. */
const arrowToTag = (link: Link, notes: ReadonlyMap<string, PlacedNote>): Arrow => {
  const [from, to] = [notes.get(link.from)!, notes.get(link.to)!]
  const x = to.x - 8 - tagTrack * (to.tag ?? 0)
  const y = to.y + to.height / 2
  return {
    ...link,
    ...curve([
      [x, from.y + from.height],
      [x, y],
      [to.x - 2, y]
    ])
  }
}

const rowsOf = ({ actors, lanes }: Model, { middle, rows }: Plan, { y, width }: Grid): ReadonlyArray<Row> =>
  Array.from({ length: rows }, (_, row) => {
    const [top, bottom] = [y(2 * row), y(2 * row + 2)]
    const from = row === 0 ? top.from : middleOf(top)
    const to = row === rows - 1 ? bottom.to : middleOf(bottom)
    const center = middleOf(y(lineOf(row)))
    const actor = actors[row]
    const lane = lanes[row - middle - 1]
    const label = (text: string, dy: number, size: number, bold: boolean): Label => ({
      text: shorten(text, sizes.header - 18, size, bold ? "semibold" : "regular"),
      x: 12,
      y: center + dy,
      size,
      bold
    })
    const subtitle = actor ? undefined : (lane?.stream ?? "and read models")
    return {
      kind: actor ? "actor" : lane ? "lane" : "middle",
      bot: actor?.bot ?? false,
      x: 0,
      y: from,
      width,
      height: to - from,
      title: label(actor?.name ?? lane?.title ?? "Commands", subtitle ? -2 : 5, 13, true),
      ...(subtitle && { subtitle: label(subtitle, 14, 11, false) })
    }
  })

/** Between two rows, at most so much more than is needed, if the place it hangs in is high. */
const mostAir = 30

/** As wide as `place` allows, within what can be read and what looks well. */
const noteWidth = (place: Pick<Box, "width"> | undefined, slots: number, widthWithoutNotes: number): number => {
  const { max, min, usual } = sizes.note
  if (!place) return usual
  return Math.max(min, Math.min(max, Math.floor((place.width - widthWithoutNotes) / slots)))
}

/**
 * The wall of a board: where every post-it is, and every arrow, at its natural size. The same board, the same wall. Its
 * notes are as wide as a `place` allows, and a wall that is wide for its `place` gets some air between its rows.
 */
export const layout = (model: Model, place?: Pick<Box, "width" | "height">): Layout => {
  const planned = plan(model)
  const routes = route(planned)
  const all = tracks(routes)
  const slots = planned.columns.reduce((sum, { slots }) => sum + slots, 0)
  const width = noteWidth(place, slots, grid(planned, routes, all, 0, 0, heightsOf(planned, 0)).width)
  const heights = heightsOf(planned, width)
  const columnsOn = ({ x, width }: Grid) => {
    const starts = planned.columns.map(({ first }, n) => (n === 0 ? sizes.header + 8 : middleOf(x(2 * first))))
    return starts.map((from, n) => ({ from, to: starts[n + 1] ?? width - 8 }))
  }
  const cardsOn = (g: Grid) =>
    columnsOn(g).map(({ from, to }, n) => card(model.slices[n]!, n, from + 5, to - from - 10))
  // Widths do not depend on where the rows begin, so the cards can be measured first.
  const dense = grid(planned, routes, all, 0, width, heights)
  const cards = cardsOn(dense)
  const cardHeight = Math.max(0, ...cards.map(({ height }) => height))
  const top = cardHeight + 10
  const spare = place ? (place.height / place.width) * dense.width - (top + dense.bottom) : 0
  const air = Math.round(Math.min(mostAir, Math.max(0, spare / (planned.rows + 1))))
  const final = grid(planned, routes, all, top, width, heights, air)
  const notes = planned.notes.map((note) => placed(note, final))
  const byId = new Map(notes.map((note) => [note.id, note]))
  return {
    width: final.width,
    height: final.bottom,
    header: sizes.header,
    rows: rowsOf(model, planned, final),
    borders: columnsOn(final)
      .slice(1)
      .map(({ from }) => from),
    cards: cards.map((card) => ({ ...card, height: cardHeight })),
    cardHeight: top,
    notes,
    arrows: [
      ...routes.map((route) => arrowOf(route, byId, all, final)),
      ...planned.links.filter(({ within }) => within).map((link) => arrowToTag(link, byId))
    ]
  }
}
