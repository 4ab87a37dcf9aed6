import type { Link } from "../Model.ts"
import type { Plan } from "../planning/plan.ts"
import { cheapestPath } from "./cheapestPath.ts"
import { addArrow, emptyCrossings } from "./crossings.ts"

/** A straight part of an arrow: along one line, between two crossing lines. */
export interface Stretch {
  readonly vertical: boolean
  readonly line: number
  readonly from: number
  readonly to: number
}

export interface Route {
  readonly link: Link
  readonly stretches: ReadonlyArray<Stretch>
}

/** Routes the links one after the other, short ones first, each on its cheapest path given the earlier ones. */
export const route = (plan: Plan): ReadonlyArray<Route> => {
  const links = plan.links.filter(({ within }) => !within)
  const crossings = emptyCrossings(plan)
  const byId = new Map(plan.notes.map((note) => [note.id, note]))
  const distance = ({ from, to }: Link) => {
    const [a, b] = [byId.get(from)!, byId.get(to)!]
    return Math.abs(a.slot - b.slot) * 2 + Math.abs(a.row - b.row)
  }
  const routed = new Map<string, Route>()
  const order = links.map((link, n) => ({ link, n, length: distance(link) }))
  for (const { link } of order.sort((a, b) => a.length - b.length || a.n - b.n)) {
    const path = cheapestPath(crossings, byId.get(link.from)!, byId.get(link.to)!, link.relation)
    addArrow(crossings, path)
    routed.set(link.id, { link, stretches: stretchesOf(path, crossings.width) })
  }
  return links.map(({ id }) => routed.get(id)!)
}

const stretchesOf = (path: ReadonlyArray<number>, width: number): ReadonlyArray<Stretch> => {
  const stretches: Array<Stretch> = []
  for (let n = 1; n < path.length; n++) {
    const [a, b] = [path[n - 1]!, path[n]!]
    const vertical = Math.abs(a - b) === width
    const line = vertical ? a % width : Math.floor(a / width)
    const along = (at: number) => (vertical ? Math.floor(at / width) : at % width)
    const last = stretches.at(-1)
    if (last?.vertical === vertical) stretches[stretches.length - 1] = { ...last, to: along(b) }
    else stretches.push({ vertical, line, from: along(a), to: along(b) })
  }
  return stretches
}
