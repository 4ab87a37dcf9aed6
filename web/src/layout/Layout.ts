import type { Point } from "./curve.ts"
import type { Kind, Relation } from "./Model.ts"

/** A rectangle, in pixels of the wall at its natural size. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A line of text: `x` is its left end, `y` its baseline. */
export interface Label {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly size: number
  readonly bold: boolean
  /** Monospaced. */
  readonly mono?: true
}

export interface PlacedNote extends Box {
  readonly id: string
  readonly kind: Kind
  readonly name: string
  readonly isRepeated: boolean
  /** A small copy of a read model, below an event that feeds it: the first is 0. */
  readonly tag?: number
  readonly column: number
  readonly title: ReadonlyArray<Label>
  /** Its fields in one line, shortened to the note's width. */
  readonly fields?: Label
  /** All its fields, not shortened. */
  readonly allFields?: string
  /** The boundaries that a command guards in one line, shortened to the note's width; an icon is before it. */
  readonly guards?: Label
  /** All of them, not shortened. */
  readonly allGuards?: string
}

export interface Arrow {
  readonly id: string
  readonly relation: Relation
  readonly from: string
  readonly to: string
  readonly path: string
  /** Points on the path, for dots that move along it. */
  readonly points: ReadonlyArray<Point>
}

export interface RuleCard extends Box {
  readonly column: number
  readonly title: ReadonlyArray<Label>
  readonly rules: ReadonlyArray<Box & { readonly rule: string; readonly lines: ReadonlyArray<Label> }>
}

export interface Row extends Box {
  readonly kind: "actor" | "middle" | "lane"
  readonly bot: boolean
  readonly title: Label
  readonly subtitle?: Label
  /** Further boundaries in which the events of a lane are found. */
  readonly also: ReadonlyArray<Label>
}

export interface Layout {
  readonly width: number
  readonly height: number
  /** The width of the row names, at the left. */
  readonly header: number
  /** The height of the columns' cards, at the top, with the gap below them. */
  readonly cardHeight: number
  readonly rows: ReadonlyArray<Row>
  /** The x coordinates between columns. */
  readonly borders: ReadonlyArray<number>
  readonly cards: ReadonlyArray<RuleCard>
  readonly notes: ReadonlyArray<PlacedNote>
  readonly arrows: ReadonlyArray<Arrow>
}
