import type { Plan } from "./planning/plan.ts"
import type { Route } from "./routing/route.ts"
import type { Track } from "./routing/tracks.ts"
import { sizes } from "./sizes.ts"

/** The coordinates of the grid lines, which depend on the number of arrows in each gap. */
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

/** The line of a cell; the lines between cells are gaps. */
export const lineOf = (cell: number) => 2 * cell + 1

export const middleOf = ({ from, to }: Span) => (from + to) / 2

/** The size of a gap: an empty one is narrow; one with arrows has room for their curves. */
const gapFor = (trackCount: number, minGap: number) =>
  trackCount === 0 ? minGap : Math.max(minGap + 8, 2 * sizes.clear + (trackCount - 1 + (trackCount % 2)) * sizes.track)

/** Consecutive spans from `start`, each followed by extra space that belongs to no span. */
const stack = (start: number, lengths: ReadonlyArray<number>, extraAfter: (line: number) => number = () => 0) => {
  let at = start
  return lengths.map((length, line): Span => {
    const span = { from: at, to: at + length }
    at += length + extraAfter(line)
    return span
  })
}

/** The height of a row's notes, and of the tags below them. */
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

/** The distance of a track from the middle of its line. In a gap the middle stays free for the border drawn there. */
export const offset = ({ rank, of }: Track, line: number, room: number): number => {
  const isGap = line % 2 === 0
  const between = isGap || of === 1 ? sizes.track : Math.min(12, (room - 28) / (of - 1))
  return (rank - (of - 1) / 2) * between + (isGap && of % 2 ? sizes.track / 2 : 0)
}
