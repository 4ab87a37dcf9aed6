import type { Arrow, Layout, PlacedNote, Point } from "../layout/index.ts"

/** What stands on the wall, as elements that can light up. */
export interface Stage {
  readonly note: (id: string) => Element | null
  readonly arrow: (id: string) => Element | null
  /** Where the dots are drawn. */
  readonly dots: SVGGElement
}

const pixelsASecond = 520
const [shortest, longest] = [300, 1_100]
const glowMillis = 1_400
/** On one arrow, what comes sooner after a dot joins it. */
const apartMillis = 160

type Arrived = (weight: number) => void

interface Dot {
  readonly circle: SVGCircleElement
  readonly arrow: Arrow
  readonly lengths: ReadonlyArray<number>
  readonly began: number
  readonly millis: number
  /** What goes on from where it arrives, and how many times. */
  readonly onward: Map<string, { readonly arrived: Arrived; weight: number }>
}

const weightOf = ({ onward }: Dot) => Array.from(onward.values()).reduce((sum, { weight }) => sum + weight, 0)

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

const calm = matchMedia("(prefers-reduced-motion: reduce)")

/** Lets facts light up their post-its and travel on: to the read models that take them, and to the gears. */
export const travel = ({ notes, arrows }: Layout, stage: Stage) => {
  const lengths = new Map(arrows.map(({ id, points }) => [id, lengthsOf(points)]))
  const leaving = Map.groupBy(arrows, ({ from }) => from)
  const byName = Map.groupBy(
    notes.filter(({ kind }) => kind === "fact"),
    ({ name }) => name
  )
  const commands = new Map(notes.flatMap(({ kind, name, id }) => (kind === "command" ? [[name, id] as const] : [])))
  const lit = new Map<Element, number>()
  const latest = new Map<string, Dot>()
  let dots: Array<Dot> = []
  let frame = 0

  const light = (element: Element | null) => {
    if (!element) return
    if (!lit.has(element)) element.classList.add("lit")
    lit.set(element, performance.now() + glowMillis)
    run()
  }

  const send = (arrow: Arrow, weight: number, to: string, arrived: Arrived) => {
    if (calm.matches) return arrived(weight)
    const now = performance.now()
    const before = latest.get(arrow.id)
    if (before && now - before.began < apartMillis) {
      const same = before.onward.get(to)
      if (same) same.weight += weight
      else before.onward.set(to, { arrived, weight })
      return
    }
    const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle")
    stage.dots.append(circle)
    const along = lengths.get(arrow.id)!
    const millis = Math.min(longest, Math.max(shortest, (along.at(-1)! / pixelsASecond) * 1_000))
    const onward = new Map([[to, { arrived, weight }]])
    const dot: Dot = { circle, arrow, lengths: along, began: now, millis, onward }
    latest.set(arrow.id, dot)
    dots.push(dot)
    light(stage.arrow(arrow.id))
    run()
  }

  const step = (now: number) => {
    frame = 0
    const there: Array<Dot> = []
    dots = dots.filter((dot) => {
      const share = Math.max(0, (now - dot.began) / dot.millis)
      if (share >= 1) {
        there.push(dot)
        return false
      }
      const [x, y] = pointAt(dot.arrow.points, dot.lengths, share * share * (3 - 2 * share))
      dot.circle.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`)
      dot.circle.setAttribute("r", String(Math.min(9, 5 + Math.log2(weightOf(dot)))))
      return true
    })
    // What arrives sends others on.
    for (const dot of there) {
      dot.circle.remove()
      for (const { arrived, weight } of dot.onward.values()) arrived(weight)
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

  const goOn = (fact: PlacedNote, weight: number) => {
    light(stage.note(fact.id))
    for (const arrow of leaving.get(fact.id) ?? []) {
      if (arrow.relation !== "reads") send(arrow, weight, arrow.to, () => light(stage.note(arrow.to)))
    }
  }

  /** From a command to its fact; from the gear that asked for it, if one did. */
  const leave = (emitted: Arrow, fact: PlacedNote, times: number, byGear: boolean) => {
    const ask = (weight: number) => {
      light(stage.note(emitted.from))
      send(emitted, weight, fact.id, (weight) => goOn(fact, weight))
    }
    const issued = byGear && arrows.find(({ relation, to }) => relation === "issues" && to === emitted.from)
    if (!issued) return ask(times)
    light(stage.note(issued.from))
    send(issued, times, fact.id, ask)
  }

  /** A fact of this type was appended, so many times, by this command if that is known, which a gear may have asked for. */
  return (type: string, times: number, command: string | undefined, byGear: boolean) => {
    const drawn = byName.get(type) ?? []
    const from = command === undefined ? undefined : commands.get(command)
    const emitted = arrows.find(({ from: source, to }) => source === from && drawn.some(({ id }) => id === to))
    const fact = drawn.find(({ id }) => id === emitted?.to) ?? drawn[0]
    if (!fact) return
    if (!emitted) return goOn(fact, times)
    leave(emitted, fact, times, byGear)
  }
}
