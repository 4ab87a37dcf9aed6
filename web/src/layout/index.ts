import { arrowOf, arrowToTag } from "./arrows.ts"
import { ruleCard } from "./cards.ts"
import { grid, type Grid, middleOf } from "./grid.ts"
import type { Box, Layout } from "./Layout.ts"
import { rowsOf } from "./layoutRows.ts"
import type { Model } from "./Model.ts"
import { heightsOf, placeNote } from "./notes.ts"
import { plan } from "./planning/plan.ts"
import { route } from "./routing/route.ts"
import { tracks } from "./routing/tracks.ts"
import { sizes } from "./sizes.ts"

export type { Point } from "./curve.ts"
export type * from "./Layout.ts"
export type * from "./Model.ts"
export { modelOf } from "./modelOf.ts"

/** The maximum extra space between two rows, used if the viewport is high. */
const maxRowGap = 30

/** A wall narrower than the viewport is enlarged up to this factor; a wider one is scrolled. */
const maxScale = 1.25

/** The height of the viewport that remains below a wall of this size. */
const spareHeight = (viewport: Pick<Box, "width" | "height">, width: number, height: number): number =>
  viewport.height / Math.min(maxScale, Math.max(1, viewport.width / width)) - height

/** The note width that the viewport allows, within the limits of `sizes.note`. */
const noteWidth = (viewport: Pick<Box, "width"> | undefined, slots: number, widthWithoutNotes: number): number => {
  const { max, min, defaultWidth } = sizes.note
  if (!viewport) return defaultWidth
  return Math.max(min, Math.min(max, Math.floor((viewport.width - widthWithoutNotes) / slots)))
}

/**
 * Lays out the wall of a board: every note and every arrow at the natural size. Deterministic: the same board and viewport
 * give the same wall. Notes are as wide as the viewport allows; if height remains, the rows get more space between them.
 */
export const layout = (model: Model, viewport?: Pick<Box, "width" | "height">): Layout => {
  const planned = plan(model)
  const routes = route(planned)
  const tracksByStretch = tracks(routes)
  const slots = planned.columns.reduce((sum, { slots }) => sum + slots, 0)
  const width = noteWidth(viewport, slots, grid(planned, routes, tracksByStretch, 0, 0, heightsOf(planned, 0)).width)
  const heights = heightsOf(planned, width)
  const columnsOn = ({ x, width }: Grid) => {
    const starts = planned.columns.map(({ first }, n) => (n === 0 ? sizes.header + 8 : middleOf(x(2 * first))))
    return starts.map((from, n) => ({ from, to: starts[n + 1] ?? width - 8 }))
  }
  const cardsOn = (g: Grid) =>
    columnsOn(g).map(({ from, to }, n) => ruleCard(model.slices[n]!, n, from + 5, to - from - 10))
  // Widths do not depend on where the rows begin, so the cards can be measured first.
  const dense = grid(planned, routes, tracksByStretch, 0, width, heights)
  const cards = cardsOn(dense)
  const cardHeight = Math.max(0, ...cards.map(({ height }) => height))
  const top = cardHeight + 10
  const spare = viewport ? spareHeight(viewport, dense.width, top + dense.bottom) : 0
  const rowGap = Math.round(Math.min(maxRowGap, Math.max(0, spare / (planned.rows + 1))))
  const final = grid(planned, routes, tracksByStretch, top, width, heights, rowGap)
  const notes = planned.notes.map((note) => placeNote(note, final))
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
      ...routes.map((route) => arrowOf(route, byId, tracksByStretch, final)),
      ...planned.links.filter(({ within }) => within).map((link) => arrowToTag(link, byId))
    ]
  }
}
