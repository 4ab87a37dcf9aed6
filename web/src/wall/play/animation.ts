import type { Arrow, Layout, Point } from "../../layout/index.ts"

/** The elements of the wall that can light up. */
interface Elements {
  readonly note: (id: string) => Element | null
  readonly arrow: (id: string) => Element | null
  /** The group that the dots are drawn in. */
  readonly dots: SVGGElement
}

const pixelsPerSecond = 520
const [minMillis, maxMillis] = [300, 1_100]
const glowMillis = 1_400
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

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)")

/** Lights up notes and moves dots along the arrows. With `prefers-reduced-motion` there are no dots. */
export const animation = ({ arrows }: Layout, elements: Elements) => {
  const lengths = new Map(arrows.map(({ id, points }) => [id, lengthsOf(points)]))
  const lit = new Map<Element, number>()
  const latest = new Map<string, Dot>()
  let dots: Array<Dot> = []
  let frame = 0

  const lightUp = (element: Element | null) => {
    if (!element) return
    if (!lit.has(element)) element.classList.add("lit")
    lit.set(element, performance.now() + glowMillis)
    run()
  }

  const send = (arrow: Arrow, weight: number, arrived: () => void) => {
    lightUp(elements.arrow(arrow.id))
    if (reducedMotion.matches) return arrived()
    const now = performance.now()
    const before = latest.get(arrow.id)
    if (before && now - before.startedAt < mergeMillis) {
      before.weight += weight
      before.onArrive.push(arrived)
      return
    }
    const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle")
    elements.dots.append(circle)
    const along = lengths.get(arrow.id)!
    const millis = Math.min(maxMillis, Math.max(minMillis, (along.at(-1)! / pixelsPerSecond) * 1_000))
    const dot: Dot = { circle, arrow, lengths: along, startedAt: now, millis, weight, onArrive: [arrived] }
    latest.set(arrow.id, dot)
    dots.push(dot)
    run()
  }

  const step = (now: number) => {
    frame = 0
    const finished: Array<Dot> = []
    dots = dots.filter((dot) => {
      const share = Math.max(0, (now - dot.startedAt) / dot.millis)
      if (share >= 1) {
        finished.push(dot)
        return false
      }
      const [x, y] = pointAt(dot.arrow.points, dot.lengths, share * share * (3 - 2 * share))
      dot.circle.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`)
      dot.circle.setAttribute("r", String(Math.min(9, 5 + Math.log2(dot.weight))))
      return true
    })
    // A callback may send further dots, so it runs after the list of dots is filtered.
    for (const dot of finished) {
      dot.circle.remove()
      if (latest.get(dot.arrow.id) === dot) latest.delete(dot.arrow.id)
      for (const arrived of dot.onArrive) arrived()
    }
    for (const [element, until] of lit) {
      if (now < until) continue
      element.classList.remove("lit")
      lit.delete(element)
    }
    if (dots.length > 0 || lit.size > 0) run()
  }
  const run = () => {
    frame ||= requestAnimationFrame(step)
  }

  /** Removes all dots and all light. */
  const stop = () => {
    for (const { circle } of dots) circle.remove()
    for (const element of lit.keys()) element.classList.remove("lit")
    dots = []
    lit.clear()
    latest.clear()
  }

  return { light: (id: string) => lightUp(elements.note(id)), send, stop }
}
