import { Option, Schema } from "effect"
import type { LogMessage } from "#layers/services/LogReader.ts"
import { snapshotInterval } from "./countSnapshots.ts"
import { addLinks, filterBytes, filterSize, LinkFilter } from "./LinkFilter.ts"

/** The last position of the stretch of a position. A stretch is the 5,000 positions up to a snapshot of the counts. */
export const stretchEndOf = (position: number): number => Math.ceil(position / snapshotInterval) * snapshotInterval

const stretchBytes = (snapshotInterval / filterSize) * filterBytes

/** The filters of a stretch, one for each page, without keys. */
export const emptyFilters = (): Uint8Array => new Uint8Array(stretchBytes)

/** The filter of a position's page, among those of its stretch. */
export const filterIn = (filters: Uint8Array, position: number): LinkFilter => {
  const n = Math.floor(((position - 1) % snapshotInterval) / filterSize)
  return new LinkFilter(filters.subarray(n * filterBytes, (n + 1) * filterBytes))
}

/** Adds the keys of an event to the filter of its page. */
export const addToFilters = (filters: Uint8Array, logged: LogMessage): void =>
  addLinks(filterIn(filters, logged.position), logged)

const StoredFilters = Schema.fromJsonString(
  Schema.Struct({
    log: Schema.String,
    /** Identifies the last message of the stretch, so that filters of other events at the same positions are not used. */
    end: Schema.String,
    filters: Schema.String
  })
)
const decode = Schema.decodeUnknownOption(StoredFilters)

const messageIdentity = ({ storedAt, subject }: LogMessage) => `${storedAt} ${subject}`

/** Encodes the filters of a stretch with the identities of the log and of the stretch's last message. */
export const encodeFilters = (log: string, last: LogMessage, filters: Uint8Array): string =>
  JSON.stringify({ log, end: messageIdentity(last), filters: Buffer.from(filters).toString("base64") })

/** Decodes the filters of the stretch that ends with a message; undefined if they are of other events or unreadable. */
export const decodeFilters = (log: string, last: LogMessage, text: string): Uint8Array | undefined => {
  const stored = Option.getOrUndefined(decode(text))
  if (stored?.log !== log || stored.end !== messageIdentity(last)) return undefined
  const filters = Buffer.from(stored.filters, "base64")
  return filters.length === stretchBytes ? filters : undefined
}
