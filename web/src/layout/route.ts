import { heap } from "./heap.ts"
import type { Link, Note, Relation } from "./Model.ts"
import type { Plan } from "./plan.ts"

// The wall as a grid of lines. Vertical ones: a gap before each slot (even), the middle of the slot (odd), a last gap.
// Horizontal ones likewise, by row. An arrow goes from crossing to crossing, through gaps and through empty cells.

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

type Direction = 0 | 1 | 2 | 3
const directions: ReadonlyArray<readonly [dx: number, dy: number]> = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0]
]

type Costs = readonly [up: number, right: number, down: number, left: number]

/** The costs of leaving a note upwards, to the right, down, to the left, and of arriving in these directions. */
const sides: Readonly<Record<Relation, { readonly leave: Costs; readonly arrive: Costs }>> = {
  pushes: { leave: [900, 90, 0, 90], arrive: [900, 90, 0, 90] },
  emits: { leave: [900, 60, 0, 60], arrive: [400, 0, 10, 60] },
  feeds: { leave: [0, 10, 200, 60], arrive: [0, 200, 400, 200] },
  shows: { leave: [0, 60, 900, 60], arrive: [10, 0, 400, 0] },
  wakes: { leave: [60, 0, 60, 60], arrive: [30, 0, 60, 30] },
  issues: { leave: [900, 90, 0, 90], arrive: [900, 90, 0, 90] },
  reads: { leave: [20, 0, 60, 60], arrive: [10, 10, 400, 60] }
}

const stepX = 92
const stepY = 54
const bendCost = 70
const sharedStepCost = 26
const crossingCost = 34

const lineOf = (cell: number) => 2 * cell + 1

const [up, down] = [0, 2] as const

/** Routes the links one after the other, short ones first, each on its cheapest path given the earlier ones. */
export const route = ({ notes, links: all, rows }: Plan): ReadonlyArray<Route> => {
  const links = all.filter(({ within }) => !within)
  const slots = 1 + Math.max(...notes.map(({ slot }) => slot))
  const width = 2 * slots + 1
  const height = 2 * rows + 1
  const byId = new Map(notes.map((note) => [note.id, note]))
  const occupied = new Uint8Array(width * height)
  for (const { slot, row } of notes) occupied[lineOf(row) * width + lineOf(slot)] = 1
  // The number of arrows through each crossing, horizontally and vertically, and on each step to the right and down.
  const across = new Uint16Array(width * height)
  const along = new Uint16Array(width * height)
  const right = new Uint16Array(width * height)
  const below = new Uint16Array(width * height)
  // Tags are below an event, so no arrow leaves it or arrives there.
  const tagged = new Set(
    notes.flatMap(({ row, slot, tag }) => (tag === undefined ? [] : [lineOf(row) * width + lineOf(slot)]))
  )

  const search = (from: Note, to: Note, relation: Relation): ReadonlyArray<number> => {
    const { leave, arrive } = sides[relation]
    const start = lineOf(from.row) * width + lineOf(from.slot)
    const end = lineOf(to.row) * width + lineOf(to.slot)
    const endX = lineOf(to.slot)
    const endY = lineOf(to.row)
    const cost = new Float64Array(width * height * 4).fill(Number.POSITIVE_INFINITY)
    const cameFrom = new Int32Array(width * height * 4).fill(-1)
    const queue = heap()
    const estimate = (x: number, y: number) => Math.abs(x - endX) * stepX + Math.abs(y - endY) * stepY
    const step = (at: number, state: number, spent: number, direction: Direction) => {
      const [dx, dy] = directions[direction]!
      const x = (at % width) + dx
      const y = Math.floor(at / width) + dy
      if (x < 0 || y < 0 || x >= width || y >= height) return
      const next = y * width + x
      if (occupied[next] === 1 && next !== end) return
      if ((direction === down && tagged.has(at)) || (direction === up && tagged.has(next))) return
      const low = Math.min(at, next)
      const used = dx === 0 ? below[low]! : right[low]!
      const crossed = next === end ? 0 : dx === 0 ? across[next]! : along[next]!
      let total = spent + (dx === 0 ? stepY : stepX) + used * sharedStepCost + crossed * crossingCost
      if (next === end) total += arrive[direction]
      const nextState = next * 4 + direction
      if (total >= cost[nextState]!) return
      cost[nextState] = total
      cameFrom[nextState] = state
      queue.push(total + estimate(x, y), nextState)
    }
    for (const direction of [0, 1, 2, 3] as const) step(start, -1, leave[direction], direction)
    for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
      const at = state >> 2
      if (at === end) return backwards(cameFrom, state, start)
      const heading = (state & 3) as Direction
      for (const direction of [0, 1, 2, 3] as const) {
        if ((direction ^ 2) === heading) continue
        step(at, state, cost[state]! + (direction === heading ? 0 : bendCost), direction)
      }
    }
    throw new Error(`No route from ${from.id} to ${to.id}`)
  }

  const occupy = (path: ReadonlyArray<number>) => {
    for (let n = 1; n < path.length; n++) {
      const [a, b] = [path[n - 1]!, path[n]!]
      const low = Math.min(a, b)
      const vertical = Math.abs(a - b) === width
      if (vertical) below[low]!++
      else right[low]!++
      if (n < path.length - 1) {
        if (vertical) along[b]!++
        else across[b]!++
      }
    }
  }

  const distance = ({ from, to }: Link) => {
    const [a, b] = [byId.get(from)!, byId.get(to)!]
    return Math.abs(a.slot - b.slot) * 2 + Math.abs(a.row - b.row)
  }
  const routed = new Map<string, Route>()
  const order = links.map((link, n) => ({ link, n, length: distance(link) }))
  for (const { link } of order.sort((a, b) => a.length - b.length || a.n - b.n)) {
    const path = search(byId.get(link.from)!, byId.get(link.to)!, link.relation)
    occupy(path)
    routed.set(link.id, { link, stretches: stretchesOf(path, width) })
  }
  return links.map(({ id }) => routed.get(id)!)
}

const backwards = (cameFrom: Int32Array, last: number, start: number): ReadonlyArray<number> => {
  const path: Array<number> = []
  for (let state = last; state >= 0; state = cameFrom[state]!) path.push(state >> 2)
  return [...path, start].toReversed()
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
