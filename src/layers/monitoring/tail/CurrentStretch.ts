import type { LogMessage } from "#layers/services/LogReader.ts"
import { snapshotInterval } from "./countSnapshots.ts"
import { filterSize } from "./LinkFilter.ts"
import { addToFilters, emptyFilters, filterIn, stretchEndOf } from "./stretchFilters.ts"

/** The filters of the stretch at the end of the log, which grow as the log is read. */
export class CurrentStretch {
  #end = 0
  #filters = emptyFilters()
  /** The position up to which the stretch is indexed. */
  #last = 0

  /** Indexes the next message of the log; returns the filters of its stretch if that is full now. */
  add(logged: LogMessage): Uint8Array | undefined {
    const { position } = logged
    const end = stretchEndOf(position)
    if (position === end - snapshotInterval + 1) {
      this.#end = end
      this.#filters = emptyFilters()
      this.#last = position - 1
    }
    // A stretch that was not read from its beginning gets its filters when they are needed.
    if (this.#end !== end || this.#last !== position - 1) return undefined
    this.#last = position
    addToFilters(this.#filters, logged)
    return position === end ? this.#filters : undefined
  }

  includes(position: number): boolean {
    return stretchEndOf(position) === this.#end
  }

  /** Whether the page of a position of this stretch may contain an event with a key. */
  mightContain(key: string, position: number): boolean {
    const pageEnd = Math.ceil(position / filterSize) * filterSize
    return this.#last < pageEnd || filterIn(this.#filters, position).mightContain(key)
  }
}
