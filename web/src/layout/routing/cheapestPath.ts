import { lineOf } from "../grid.ts"
import type { Note, Relation } from "../Model.ts"
import { type Crossings, crossingOf } from "./crossings.ts"
import { heap } from "./heap.ts"

/** The opposite of a direction differs in its second bit. */
type Direction = 0 | 1 | 2 | 3
const [up, down] = [0, 2] as const
const directions = [0, 1, 2, 3] as const
const vectors: ReadonlyArray<readonly [dx: number, dy: number]> = [
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
  sends: { leave: [900, 90, 0, 90], arrive: [900, 90, 0, 90] },
  checks: { leave: [20, 0, 60, 60], arrive: [10, 10, 400, 60] },
  trusts: { leave: [20, 0, 60, 60], arrive: [10, 10, 400, 60] }
}

const stepX = 92
const stepY = 54
const bendCost = 70
const sharedStepCost = 26
const crossingCost = 34

/** The next crossing in a direction; undefined at the edge, at a note other than `end`, and between an event and its tags. */
const nextCrossing = (
  { width, height, occupied, tagged }: Crossings,
  at: number,
  direction: Direction,
  end: number
): number | undefined => {
  const [dx, dy] = vectors[direction]!
  const x = (at % width) + dx
  const y = Math.floor(at / width) + dy
  if (x < 0 || y < 0 || x >= width || y >= height) return undefined
  const next = y * width + x
  if (occupied[next] === 1 && next !== end) return undefined
  const isAtTags = (direction === down && tagged.has(at)) || (direction === up && tagged.has(next))
  return isAtTags ? undefined : next
}

/** The cost of a step from crossing to crossing, by its length, the arrows on it, and the arrows that it crosses. */
const stepCost = (
  { across, along, right, below }: Crossings,
  at: number,
  next: number,
  isLast: boolean,
  isVertical: boolean
) => {
  const low = Math.min(at, next)
  const sharedCount = isVertical ? below[low]! : right[low]!
  const crossedCount = isLast ? 0 : isVertical ? across[next]! : along[next]!
  return (isVertical ? stepY : stepX) + sharedCount * sharedStepCost + crossedCount * crossingCost
}

/** The crossings from the start to the last state of a search. A state is a crossing times four, plus a direction. */
const pathTo = (last: number, cameFrom: Int32Array, start: number): ReadonlyArray<number> => {
  const path: Array<number> = []
  for (let state = last; state >= 0; state = cameFrom[state]!) path.push(state >> 2)
  return [...path, start].toReversed()
}

/** The cheapest path of an arrow from note to note, given the arrows so far (A*). Ties go to the one found first. */
export const cheapestPath = (crossings: Crossings, from: Note, to: Note, relation: Relation): ReadonlyArray<number> => {
  const { width, height } = crossings
  const { leave, arrive } = sides[relation]
  const [start, end] = [crossingOf(crossings, from), crossingOf(crossings, to)]
  const [endX, endY] = [lineOf(to.slot), lineOf(to.row)]
  const cost = new Float64Array(width * height * 4).fill(Number.POSITIVE_INFINITY)
  const cameFrom = new Int32Array(width * height * 4).fill(-1)
  const queue = heap()
  const estimate = (at: number) =>
    Math.abs((at % width) - endX) * stepX + Math.abs(Math.floor(at / width) - endY) * stepY
  const step = (at: number, state: number, spent: number, direction: Direction) => {
    const next = nextCrossing(crossings, at, direction, end)
    if (next === undefined) return
    const isLast = next === end
    const isVertical = direction === up || direction === down
    const total = spent + stepCost(crossings, at, next, isLast, isVertical) + (isLast ? arrive[direction] : 0)
    const nextState = next * 4 + direction
    if (total >= cost[nextState]!) return
    cost[nextState] = total
    cameFrom[nextState] = state
    queue.push(total + estimate(next), nextState)
  }
  for (const direction of directions) step(start, -1, leave[direction], direction)
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    const at = state >> 2
    if (at === end) return pathTo(state, cameFrom, start)
    const heading = (state & 3) as Direction
    for (const direction of directions) {
      if ((direction ^ 2) === heading) continue
      step(at, state, cost[state]! + (direction === heading ? 0 : bendCost), direction)
    }
  }
  throw new Error(`No route from ${from.id} to ${to.id}`)
}
