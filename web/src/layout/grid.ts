import type { Plan } from "./plan.ts"
import type { Route } from "./route.ts"
import { sizes } from "./sizes.ts"
import type { Track } from "./tracks.ts"

/** Where the lines of the grid lie, once it is known how many arrows each gap has to hold. */
export interface Grid {
  readonly x: (line: number) => Span
  readonly y: (line: number) => Span
  readonly width: number
  readonly bottom: number
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** The line of a cell; between two cells is a gap. */
export const lineOf = (cell: number) => 2 * cell + 1

export const middleOf = ({ from, to }: Span) => (from + to) / 2

/** A gap that nothing runs through may be narrow; what turns in one wants room for its curve. */
const gapFor = (trackCount: number, minGap: number) =>
  trackCount === 0 ? minGap : Math.max(minGap + 8, 2 * sizes.clear + (trackCount - 1 + (trackCount % 2)) * sizes.track)

/** Spans one after another, from `start`; behind each a piece that belongs to none. */
const stack = (start: number, lengths: ReadonlyArray<number>, extraAfter: (line: number) => number = () => 0) => {
  let at = start
  return lengths.map((length, line): Span => {
    const span = { from: at, to: at + length }
    at += length + extraAfter(line)
    return span
  })
}

/** How high the notes of a row are, and what hangs below them. */
export interface RowHeight {
  readonly notes: number
  readonly tags: number
}

export const grid = (
  plan: Plan,
  routes: ReadonlyArray<Route>,
  tracks: ReadonlyMap<string, Track>,
  top: number,
  note: number,
  heights: ReadonlyArray<RowHeight>,
  rowGap = 0
): Grid => {
  const trackCounts = new Map<string, number>()
  for (const { link, stretches } of routes) {
    stretches.forEach(({ vertical, line }, n) => {
      const key = `${vertical ? "x" : "y"}${line}`
      trackCounts.set(key, Math.max(trackCounts.get(key) ?? 0, tracks.get(`${link.id}/${n}`)!.of))
    })
  }
  const borders = new Set(plan.columns.map(({ first }) => first))
  const slots = plan.columns.reduce((sum, { slots }) => sum + slots, 0)
  const gap = (axis: string, line: number, minGap: number) => gapFor(trackCounts.get(`${axis}${line}`) ?? 0, minGap)
  const xs = stack(
    sizes.header,
    Array.from({ length: 2 * slots + 1 }, (_, line) =>
      line % 2 ? note : gap("x", line, borders.has(line / 2) && line > 0 ? 24 : 18)
    )
  )
  const ys = stack(
    top,
    Array.from({ length: 2 * plan.rows + 1 }, (_, line) =>
      line % 2 ? heights[(line - 1) / 2]!.notes : gap("y", line, 20) + rowGap
    ),
    (line) => (line % 2 ? heights[(line - 1) / 2]!.tags : 0)
  )
  return { x: (line) => xs[line]!, y: (line) => ys[line]!, width: xs.at(-1)!.to, bottom: ys.at(-1)!.to }
}

/** How far from the middle of its line a track runs. In a gap the middle is left to the border that is drawn there. */
export const offset = ({ rank, of }: Track, line: number, room: number): number => {
  const isGap = line % 2 === 0
  const between = isGap || of === 1 ? sizes.track : Math.min(12, (room - 28) / (of - 1))
  return (rank - (of - 1) / 2) * between + (isGap && of % 2 ? sizes.track / 2 : 0)
}
