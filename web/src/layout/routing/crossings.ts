import { lineOf } from "../grid.ts"
import type { Note } from "../Model.ts"
import type { Plan } from "../planning/plan.ts"

// The wall as a grid of lines. Vertical ones: a gap before each slot (even), the middle of the slot (odd), a last gap.
// Horizontal ones likewise, by row. An arrow goes from crossing to crossing, through gaps and through empty cells.
// A crossing is a number: its horizontal line times `width`, plus its vertical line.

/** The crossings of a wall, and how many arrows use each of them so far. */
export interface Crossings {
  readonly width: number
  readonly height: number
  /** 1 where a note is. */
  readonly occupied: Uint8Array
  /** Events with tags below them, so no arrow leaves them downwards or arrives from there. */
  readonly tagged: ReadonlySet<number>
  /** The number of arrows straight through a crossing, horizontally and vertically. */
  readonly across: Uint16Array
  readonly along: Uint16Array
  /** The number of arrows on the step from a crossing to the right and down. */
  readonly right: Uint16Array
  readonly below: Uint16Array
}

export const crossingOf = ({ width }: Pick<Crossings, "width">, { row, slot }: Pick<Note, "row" | "slot">): number =>
  lineOf(row) * width + lineOf(slot)

export const emptyCrossings = ({ notes, rows }: Plan): Crossings => {
  const width = lineOf(1 + Math.max(...notes.map(({ slot }) => slot)))
  const height = lineOf(rows)
  const occupied = new Uint8Array(width * height)
  for (const note of notes) occupied[crossingOf({ width }, note)] = 1
  const counts = () => new Uint16Array(width * height)
  return {
    width,
    height,
    occupied,
    tagged: new Set(notes.filter(({ tag }) => tag !== undefined).map((note) => crossingOf({ width }, note))),
    across: counts(),
    along: counts(),
    right: counts(),
    below: counts()
  }
}

/** Counts an arrow on each step and crossing of its path. */
export const addArrow = ({ width, across, along, right, below }: Crossings, path: ReadonlyArray<number>): void => {
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
