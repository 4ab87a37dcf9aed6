import { Option, Schema } from "effect"
import type { Count } from "#layers/contract/eventSchema.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"

/** The number of events of one type in the log, and the position and time (ms since 1970) of the newest. */
interface TypeCount {
  readonly count: number
  readonly position: number
  readonly storedAt: number
}

/** The counts of all types in the log up to a position. */
export interface EventCounts {
  readonly position: number
  readonly byType: ReadonlyMap<string, TypeCount>
  /** How many messages of the log are no events: copies of events in further boundaries, and checks. */
  readonly auxiliary: number
}

export const emptyCounts: EventCounts = { position: 0, byType: new Map(), auxiliary: 0 }

/** Further types are counted together, so that memory stays bounded: a board has some dozens. */
const maxTypes = 1_000
const otherTypes = "…"

type NewestMessage = Pick<LogMessage, "position" | "storedAt">

/** Counts messages by type. */
export class EventCounter {
  readonly #byType: Map<string, { count: number; newest: NewestMessage }>
  #position: number
  #auxiliary: number
  #snapshot: EventCounts | undefined

  constructor({ auxiliary, byType, position }: EventCounts = emptyCounts) {
    this.#position = position
    this.#auxiliary = auxiliary
    this.#byType = new Map(
      Array.from(byType, ([type, typeCount]) => [type, { count: typeCount.count, newest: typeCount }])
    )
  }

  get position(): number {
    return this.#position
  }

  add(type: string, newest: NewestMessage): void {
    this.#position = newest.position
    const entry = this.#byType.get(type)
    if (entry) {
      entry.count += 1
      entry.newest = newest
    } else if (this.#byType.size < maxTypes || type === otherTypes) this.#byType.set(type, { count: 1, newest })
    else this.add(otherTypes, newest)
  }

  /** Passes a message that is no event. */
  skip({ position }: NewestMessage): void {
    this.#position = position
    this.#auxiliary += 1
  }

  /** An immutable copy. Callers share it until the next message is counted, since many need it between two batches. */
  snapshot(): EventCounts {
    if (this.#snapshot?.position !== this.#position) {
      const entries = Array.from(this.#byType, ([type, { count, newest }]): readonly [string, TypeCount] => [
        type,
        { count, position: newest.position, storedAt: newest.storedAt }
      ])
      this.#snapshot = { position: this.#position, byType: new Map(entries), auxiliary: this.#auxiliary }
    }
    return this.#snapshot
  }
}

export const toCount = (typeCount: TypeCount | undefined): Count =>
  typeCount
    ? { count: typeCount.count, position: typeCount.position, time: new Date(typeCount.storedAt).toISOString() }
    : { count: 0, position: 0, time: null }

const CountSnapshot = Schema.fromJsonString(
  Schema.Struct({
    log: Schema.String,
    position: Schema.Int,
    auxiliary: Schema.optionalKey(Schema.Int),
    tallies: Schema.Record(Schema.String, Schema.Tuple([Schema.Int, Schema.Int, Schema.Int]))
  })
)
const decode = Schema.decodeUnknownOption(CountSnapshot)

/** Encodes counts with the identity of their log. */
export const encodeSnapshot = (log: string, { auxiliary, byType, position }: EventCounts): string =>
  JSON.stringify({
    log,
    position,
    ...(auxiliary > 0 && { auxiliary }),
    tallies: Object.fromEntries(
      Array.from(byType, ([type, { count, position, storedAt }]) => [type, [count, position, storedAt]])
    )
  })

/** Positions are contiguous: the counts of events and of other messages add up to the position, and no newest position is beyond it. */
const isConsistent = ({ auxiliary = 0, position, tallies }: typeof CountSnapshot.Type): boolean => {
  const all = Object.values(tallies)
  return (
    all.reduce((sum, [count]) => sum + count, auxiliary) === position &&
    all.every(([count, newest]) => count > 0 && newest > 0 && newest <= position)
  )
}

/** Decodes counts; undefined if they are of another log, cannot be read, or are inconsistent. */
export const decodeSnapshot = (log: string, text: string): EventCounts | undefined => {
  const snapshot = Option.getOrUndefined(decode(text))
  return snapshot?.log === log && isConsistent(snapshot)
    ? {
        position: snapshot.position,
        auxiliary: snapshot.auxiliary ?? 0,
        byType: new Map(
          Object.entries(snapshot.tallies).map(([type, [count, position, storedAt]]) => [
            type,
            { count, position, storedAt }
          ])
        )
      }
    : undefined
}
