import { Option, Schema } from "effect"
import type { Count } from "#layers/contract/eventSchema.ts"
import type { Logged } from "#layers/services/LogReader.ts"

/** How often something of one type stands in the log, and where and when (ms since 1970) the newest. */
export interface Tally {
  readonly count: number
  readonly position: number
  readonly storedAt: number
}

/** How the log stands at a position: a tally for each type in it. */
export interface Standing {
  readonly position: number
  readonly tallies: ReadonlyMap<string, Tally>
}

export const nothing: Standing = { position: 0, tallies: new Map() }

/** More types than this are not told apart: a board has some dozens, and the rest is somebody's noise. */
const mostTypes = 1_000
const others = "…"

/** Of a message, what is told of the newest. */
type Newest = Pick<Logged, "position" | "storedAt">

/** Counts as messages come. */
export class Tallies {
  readonly #tallies: Map<string, { count: number; newest: Newest }>
  #position: number

  constructor({ position, tallies }: Standing = nothing) {
    this.#position = position
    this.#tallies = new Map(Array.from(tallies, ([type, tally]) => [type, { count: tally.count, newest: tally }]))
  }

  get position(): number {
    return this.#position
  }

  add(type: string, newest: Newest): void {
    this.#position = newest.position
    const known = this.#tallies.get(type)
    if (known) {
      known.count += 1
      known.newest = newest
    } else if (this.#tallies.size < mostTypes || type === others) this.#tallies.set(type, { count: 1, newest })
    else this.add(others, newest)
  }

  /** As it is now; later messages do not change it. */
  standing(): Standing {
    return {
      position: this.#position,
      tallies: new Map(
        Array.from(
          this.#tallies,
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

export const countOf = (tally: Tally | undefined): Count =>
  tally
    ? { count: tally.count, position: tally.position, time: new Date(tally.storedAt).toISOString() }
    : { count: 0, position: 0, time: null }

const Checkpoint = Schema.fromJsonString(
  Schema.Struct({
    log: Schema.String,
    position: Schema.Int,
    tallies: Schema.Record(Schema.String, Schema.Tuple([Schema.Int, Schema.Int, Schema.Int]))
  })
)
const decode = Schema.decodeUnknownOption(Checkpoint)

/** A standing as it is kept, with the log it is of. */
export const write = (log: string, { position, tallies }: Standing): string =>
  JSON.stringify({
    log,
    position,
    tallies: Object.fromEntries(
      Array.from(tallies, ([type, { count, position, storedAt }]) => [type, [count, position, storedAt]])
    )
  })

/** A log has no holes: as many messages are counted as there are positions, and each newest is one of them. */
const addsUp = ({ position, tallies }: typeof Checkpoint.Type): boolean => {
  const all = Object.values(tallies)
  return (
    all.reduce((sum, [count]) => sum + count, 0) === position &&
    all.every(([count, newest]) => count > 0 && newest > 0 && newest <= position)
  )
}

/** A standing that was kept; none if it is of another log, cannot be read, or does not add up. */
export const read = (log: string, text: string): Standing | undefined => {
  const checkpoint = Option.getOrUndefined(decode(text))
  return checkpoint?.log === log && addsUp(checkpoint)
    ? {
        position: checkpoint.position,
        tallies: new Map(
          Object.entries(checkpoint.tallies).map(([type, [count, position, storedAt]]) => [
            type,
            { count, position, storedAt }
          ])
        )
      }
    : undefined
}
