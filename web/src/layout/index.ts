import { card } from "./cards.ts"
import { curve, type Point } from "./curve.ts"
import { grid, type Grid, middleOf, offset } from "./grid.ts"
import type { Arrow, Box, Label, Layout, PlacedNote, Row } from "./Layout.ts"
import type { Model, Note } from "./Model.ts"
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
const room = sizes.note - 2 * sizes.pad

const titleOf = ({ kind, name }: Pick<Note, "kind" | "name">): ReadonlyArray<string> => {
  if (kind === "screen") return [shorten(name, sizes.note - 44, sizes.small)]
  if (kind === "gear") return wrap(name, sizes.note - 52, 11.5, "semibold", 2)
  return wrap(name, room, sizes.name, "semibold", 2)
}

const heightOf = (note: Note): number => {
  if (note.kind === "screen") return sizes.screenHeight
  if (note.kind === "gear") return sizes.gearHeight
  return sizes.noteHeight + (titleOf(note).length - 1) * sizes.nameLine
}

/** Post-its of one row are of one size. */
const heightsOf = ({ rows, notes }: Plan): ReadonlyArray<number> =>
  Array.from({ length: rows }, (_, row) =>
    Math.max(sizes.noteHeight, ...notes.filter((note) => note.row === row).map(heightOf))
  )

const placed = (note: Note, { x, y }: Grid): PlacedNote => {
  const [across, down] = [x(lineOf(note.slot)), y(lineOf(note.row))]
  const own = note.kind === "screen" || note.kind === "gear"
  const height = own ? heightOf(note) : down.to - down.from
  const top = own ? middleOf(down) - height / 2 : down.from
  const box: Box = { x: across.from, y: top, width: sizes.note, height }
  const { id, kind, name, again, column } = note
  const lines = titleOf(note)
  const label = (text: string, dx: number, dy: number, size: number, bold: boolean): Label => ({
    text,
    x: box.x + dx,
    y: box.y + dy,
    size,
    bold
  })
  const title = lines.map((text, n) => {
    if (kind === "screen") return label(text, 34, 14.5, sizes.small, false)
    if (kind === "gear") return label(text, 46, height / 2 - 4 + (n - (lines.length - 1) / 2) * 14, 11.5, true)
    return label(text, sizes.pad, 20 + n * sizes.nameLine, sizes.name, true)
  })
  const fields = note.fields.join(" · ")
  return {
    id,
    kind,
    name,
    again,
    column,
    ...box,
    title,
    ...(fields && {
      fields: label(
        shorten(fields, room, sizes.small),
        sizes.pad,
        20 + lines.length * sizes.nameLine - 1,
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

const rowsOf = ({ actors, lanes }: Model, { middle, rows }: Plan, { y, width }: Grid): ReadonlyArray<Row> =>
  Array.from({ length: rows }, (_, row) => {
    const [top, bottom] = [y(2 * row), y(2 * row + 2)]
    const from = row === 0 ? top.from : middleOf(top)
    const to = row === rows - 1 ? bottom.to : middleOf(bottom)
    const center = middleOf(y(lineOf(row)))
    const actor = actors[row]
    const lane = lanes[row - middle - 1]
    const label = (text: string, dy: number, size: number, bold: boolean): Label => ({
      text: shorten(text, sizes.header - 20, size, bold ? "semibold" : "regular"),
      x: 18,
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
      title: label(actor?.name ?? lane?.title ?? "Commands", subtitle ? -2 : 5, 14, true),
      ...(subtitle && { subtitle: label(subtitle, 14, 11, false) })
    }
  })

/** Between two rows, at most so much more than is needed, if the place it hangs in is high. */
const mostAir = 30

/**
 * The wall of a board: where every post-it is, and every arrow, at its natural size. The same board, the same wall. A wall
 * that is wide for its `place` gets some air between its rows.
 */
export const layout = (model: Model, place?: Pick<Box, "width" | "height">): Layout => {
  const planned = plan(model)
  const routes = route(planned)
  const all = tracks(routes)
  const heights = heightsOf(planned)
  const columnsOn = ({ x, width }: Grid) => {
    const starts = planned.columns.map(({ first }, n) => (n === 0 ? sizes.header + 8 : middleOf(x(2 * first))))
    return starts.map((from, n) => ({ from, to: starts[n + 1] ?? width - 8 }))
  }
  const cardsOn = (g: Grid) =>
    columnsOn(g).map(({ from, to }, n) => card(model.slices[n]!, n, from + 5, to - from - 10))
  // Widths do not depend on where the rows begin, so the cards can be measured first.
  const dense = grid(planned, routes, all, 0, heights)
  const cards = cardsOn(dense)
  const cardHeight = Math.max(0, ...cards.map(({ height }) => height))
  const top = cardHeight + 12
  const spare = place ? (place.height / place.width) * dense.width - (top + dense.bottom) : 0
  const air = Math.round(Math.min(mostAir, Math.max(0, spare / (planned.rows + 1))))
  const final = grid(planned, routes, all, top, heights, air)
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
    notes,
    arrows: routes.map((route) => arrowOf(route, byId, all, final))
  }
}
