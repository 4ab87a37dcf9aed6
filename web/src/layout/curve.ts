/** A point, in pixels of the wall. */
export type Point = readonly [x: number, y: number]

const maxCornerRadius = 26
const steps = 6
const round = (n: number) => Math.round(n * 10) / 10

/** A rounded corner: the points where the curve leaves the first line and joins the second. */
const corner = (before: Point, at: Point, after: Point, room: (a: Point, b: Point) => number) => {
  const radius = Math.min(maxCornerRadius, room(before, at), room(at, after))
  const towards = ([x, y]: Point): Point => {
    const length = Math.hypot(x - at[0], y - at[1]) || 1
    return [at[0] + ((x - at[0]) / length) * radius, at[1] + ((y - at[1]) / length) * radius]
  }
  return { enter: towards(before), leave: towards(after) }
}

const length = (a: Point, b: Point) => Math.hypot(b[0] - a[0], b[1] - a[1])

/**
 * A line with rounded corners: as an SVG path, and as points on it, for dots that move along it. The ends keep a straight
 * segment, for the head of the arrow.
 */
export const curve = (line: ReadonlyArray<Point>): { readonly path: string; readonly points: ReadonlyArray<Point> } => {
  const [first, last] = [line[0]!, line.at(-1)!]
  const room = (a: Point, b: Point) => {
    const ends = (a === first ? 1 : 0) + (b === last ? 1 : 0)
    if (ends === 2) return 0
    return ends === 1 ? Math.max(0, length(a, b) - 9) : length(a, b) / 2
  }
  const points: Array<Point> = [first]
  let path = `M${round(first[0])} ${round(first[1])}`
  for (let n = 1; n < line.length - 1; n++) {
    const at = line[n]!
    const { enter, leave } = corner(line[n - 1]!, at, line[n + 1]!, room)
    path += `L${round(enter[0])} ${round(enter[1])}Q${round(at[0])} ${round(at[1])} ${round(leave[0])} ${round(leave[1])}`
    for (let step = 0; step <= steps; step++) {
      const t = step / steps
      const mix = (axis: 0 | 1) => (1 - t) ** 2 * enter[axis] + 2 * t * (1 - t) * at[axis] + t ** 2 * leave[axis]
      points.push([mix(0), mix(1)])
    }
  }
  return { path: `${path}L${round(last[0])} ${round(last[1])}`, points: [...points, last] }
}
