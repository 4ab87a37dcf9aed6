import type { Arrow, Point } from "../../layout/index.ts"

const pixelsPerSecond = 520
const [minMillis, maxMillis] = [300, 1_100]
/** A dot that follows another on the same arrow within this time is merged into it. */
const mergeMillis = 160

interface Dot {
  readonly circle: SVGCircleElement
  readonly arrow: Arrow
  readonly lengths: ReadonlyArray<number>
  readonly startedAt: number
  readonly millis: number
  weight: number
  /** Called when the dot arrives. */
  readonly onArrive: Array<() => void>
}

const lengthsOf = (points: ReadonlyArray<Point>): ReadonlyArray<number> => {
  const lengths = [0]
  for (let n = 1; n < points.length; n++) {
    lengths.push(lengths[n - 1]! + Math.hypot(points[n]![0] - points[n - 1]![0], points[n]![1] - points[n - 1]![1]))
  }
  return lengths
}

const pointAt = (points: ReadonlyArray<Point>, lengths: ReadonlyArray<number>, share: number): Point => {
  const at = share * lengths.at(-1)!
  let n = 1
  while (n < lengths.length - 1 && lengths[n]! < at) n++
  const part = (at - lengths[n - 1]!) / (lengths[n]! - lengths[n - 1]! || 1)
  const mix = (axis: 0 | 1) => points[n - 1]![axis] + (points[n]![axis] - points[n - 1]![axis]) * part
  return [mix(0), mix(1)]
}

const draw = ({ arrow, circle, lengths, weight }: Dot, share: number) => {
  const [x, y] = pointAt(arrow.points, lengths, share * share * (3 - 2 * share))
  circle.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`)
  circle.setAttribute("r", String(Math.min(9, 5 + Math.log2(weight))))
}

/** Dots that move along arrows. */
export interface Dots {
  readonly send: (arrow: Arrow, weight: number, arrived: () => void, now: number) => void
  /** Moves all dots to where they are at `now`; those at their end are removed, and have arrived. */
  readonly move: (now: number) => void
  readonly isAnyMoving: () => boolean
  readonly clear: () => void
}

/** @param group the element that the dots are drawn in */
export const dots = (arrows: ReadonlyArray<Arrow>, group: SVGGElement): Dots => {
  const lengthsByArrow = new Map(arrows.map(({ id, points }) => [id, lengthsOf(points)]))
  const latest = new Map<string, Dot>()
  let moving: Array<Dot> = []

  const start = (arrow: Arrow, weight: number, arrived: () => void, now: number) => {
    const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle")
    group.append(circle)
    const lengths = lengthsByArrow.get(arrow.id)!
    const millis = Math.min(maxMillis, Math.max(minMillis, (lengths.at(-1)! / pixelsPerSecond) * 1_000))
    const dot: Dot = { circle, arrow, lengths, startedAt: now, millis, weight, onArrive: [arrived] }
    latest.set(arrow.id, dot)
    moving.push(dot)
  }

  return {
    send: (arrow, weight, arrived, now) => {
      const before = latest.get(arrow.id)
      if (!before || now - before.startedAt >= mergeMillis) return start(arrow, weight, arrived, now)
      before.weight += weight
      before.onArrive.push(arrived)
    },
    move: (now) => {
      const finished: Array<Dot> = []
      moving = moving.filter((dot) => {
        const share = Math.max(0, (now - dot.startedAt) / dot.millis)
        if (share < 1) draw(dot, share)
        else finished.push(dot)
        return share < 1
      })
      // A callback may send further dots, so it runs after the list of dots is filtered.
      for (const dot of finished) {
        dot.circle.remove()
        if (latest.get(dot.arrow.id) === dot) latest.delete(dot.arrow.id)
        for (const arrived of dot.onArrive) arrived()
      }
    },
    isAnyMoving: () => moving.length > 0,
    clear: () => {
      for (const { circle } of moving) circle.remove()
      moving = []
      latest.clear()
    }
  }
}
