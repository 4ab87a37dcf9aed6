/** The input of the layout: the names and links of a board, without its runtime state. */
export interface Model {
  /** Top to bottom. */
  readonly actors: ReadonlyArray<{ readonly name: string; readonly bot: boolean }>
  readonly lanes: ReadonlyArray<{
    readonly title: string
    readonly stream: string
    /** Further boundaries in which its events are found. */
    readonly also: ReadonlyArray<string>
  }>
  readonly events: ReadonlyArray<{
    readonly name: string
    readonly lane: number
    readonly fields: ReadonlyArray<string>
  }>
  readonly commands: ReadonlyArray<{
    readonly name: string
    readonly fields: ReadonlyArray<string>
    readonly emits: ReadonlyArray<string>
    /** Boundaries that must not change, to which its events belong. */
    readonly guards: ReadonlyArray<string>
    /** Events that it reads in boundaries that must not change, and to which it adds nothing. */
    readonly checks: ReadonlyArray<string>
    /** Events that it reads without a guard. */
    readonly trusts: ReadonlyArray<string>
  }>
  readonly views: ReadonlyArray<{
    readonly name: string
    readonly fields: ReadonlyArray<string>
    readonly reads: ReadonlyArray<string>
  }>
  readonly messages: ReadonlyArray<{ readonly name: string; readonly fields: ReadonlyArray<string> }>
  /** Left to right. */
  readonly slices: ReadonlyArray<SliceModel>
}

export type SliceModel = {
  readonly title: string
  readonly rules: ReadonlyArray<string>
  readonly actor: string
} & (
  | { readonly tag: "Change"; readonly screen: string; readonly command: string }
  | { readonly tag: "View"; readonly screen: string; readonly view: string }
  | {
      readonly tag: "Automation"
      readonly name: string
      readonly when: ReadonlyArray<string>
      readonly command: string
    }
  | {
      readonly tag: "Messages"
      readonly name: string
      readonly when: ReadonlyArray<string>
      readonly sends: ReadonlyArray<string>
    }
)

export type Kind = "screen" | "automation" | "command" | "message" | "view" | "event"

/** A note in its cell of the wall. */
export interface Note {
  /** Unique on the wall. */
  readonly id: string
  readonly kind: Kind
  readonly name: string
  readonly fields: ReadonlyArray<string>
  /** The boundaries that a command guards. */
  readonly guards?: ReadonlyArray<string>
  readonly column: number
  readonly row: number
  readonly slot: number
  /** A repeated drawing: the first note of that name is in its own column. */
  readonly isRepeated: boolean
  /** A repeated read model is a small tag below the event that feeds it: the `nth` of `of` tags there, from 0. */
  readonly tag?: { readonly nth: number; readonly of: number }
}

export type Relation = "pushes" | "emits" | "feeds" | "shows" | "wakes" | "issues" | "sends" | "checks" | "trusts"

export interface Link {
  readonly id: string
  readonly relation: Relation
  /** Ids of notes. */
  readonly from: string
  readonly to: string
  /** From an event to a tag below it, in one cell. */
  readonly within?: true
}
