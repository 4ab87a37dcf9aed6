import { Option, Schema } from "effect"
import type { Count } from "#layers/contract/eventSchema.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"

/** How often something of one type stands in the log, and where and when (ms since 1970) the newest. */
export interface TypeCount {
  readonly count: number
  readonly position: number
  readonly storedAt: number
}

/** How the log stands at a position: a tally for each type in it. */
export interface EventCounts {
  readonly position: number
  readonly byType: ReadonlyMap<string, TypeCount>
}

export const emptyCounts: EventCounts = { position: 0, byType: new Map() }

/** More types than this are not told apart: a board has some dozens, and the rest is somebody's noise. */
const maxTypes = 1_000
const otherTypes = "…"

/** Of a message, what is told of the newest. */
type NewestMessage = Pick<LogMessage, "position" | "storedAt">

/** Counts as messages come. */
export class EventCounter {
  readonly #byType: Map<string, { count: number; newest: NewestMessage }>
  #position: number

  constructor({ position, byType }: EventCounts = emptyCounts) {
    this.#position = position
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

  /** As it is now; later messages do not change it. */
  snapshot(): EventCounts {
    return {
      position: this.#position,
      byType: new Map(
        Array.from(
          this.#byType,
          ([
            type,
            {
              count,
              newest: { position, storedAt }
            }
          ]) => [type, { count, position, storedAt }]
        )
      )
    }
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
    tallies: Schema.Record(Schema.String, Schema.Tuple([Schema.Int, Schema.Int, Schema.Int]))
  })
)
const decode = Schema.decodeUnknownOption(CountSnapshot)

/** A standing as it is kept, with the log it is of. */
export const encodeSnapshot = (log: string, { position, byType }: EventCounts): string =>
  JSON.stringify({
    log,
    position,
    tallies: Object.fromEntries(
      Array.from(byType, ([type, { count, position, storedAt }]) => [type, [count, position, storedAt]])
    )
  })

/** A log has no holes: as many messages are counted as there are positions, and each newest is one of them. */
const isConsistent = ({ position, tallies }: typeof CountSnapshot.Type): boolean => {
  const all = Object.values(tallies)
  return (
    all.reduce((sum, [count]) => sum + count, 0) === position &&
    all.every(([count, newest]) => count > 0 && newest > 0 && newest <= position)
  )
}

/** A standing that was kept; none if it is of another log, cannot be read, or does not add up. */
export const decodeSnapshot = (log: string, text: string): EventCounts | undefined => {
  const snapshot = Option.getOrUndefined(decode(text))
  return snapshot?.log === log && isConsistent(snapshot)
    ? {
        position: snapshot.position,
        byType: new Map(
          Object.entries(snapshot.tallies).map(([type, [count, position, storedAt]]) => [
            type,
            { count, position, storedAt }
          ])
        )
      }
    : undefined
}
