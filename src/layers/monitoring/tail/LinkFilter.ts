import type { LogMessage } from "#layers/services/LogReader.ts"

/** How many positions one filter covers: one page of the log. */
export const filterSize = 1_000

/** With two keys for each position, about 1 in 1,000 lookups of an absent key is a false positive. */
const filterBits = 32_768
export const filterBytes = filterBits / 8
const probes = 6

/** A Bloom filter: an absent key is certain, a present one has a false positive rate of about 1 in 1,000. */
export class LinkFilter {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  add(key: string): void {
    const [start, step] = hashes(key)
    for (let n = 0, at = start; n < probes; n++, at = (at + step) >>> 0) {
      const bit = at % filterBits
      this.#bytes[bit >>> 3]! |= 1 << (bit & 7)
    }
  }

  mightContain(key: string): boolean {
    const [start, step] = hashes(key)
    for (let n = 0, at = start; n < probes; n++, at = (at + step) >>> 0) {
      const bit = at % filterBits
      if ((this.#bytes[bit >>> 3]! & (1 << (bit & 7))) === 0) return false
    }
    return true
  }
}

/** Two independent hashes of a text: FNV-1a, and one mixed from it. The second is odd, so that probes differ. */
const hashes = (key: string): readonly [number, number] => {
  let first = 0x811c9dc5
  for (let n = 0; n < key.length; n++) first = Math.imul(first ^ key.charCodeAt(n), 0x01000193)
  let second = first ^ (first >>> 16)
  second = Math.imul(second, 0x85ebca6b)
  second ^= second >>> 13
  second = Math.imul(second, 0xc2b2ae35)
  return [first >>> 0, ((second ^ (second >>> 16)) | 1) >>> 0]
}

/** The keys of a filter: an event's own id, and its correlation id. */
export const idKey = (id: string): string => `i${id}`
export const correlationKey = (id: string): string => `c${id}`

/** Adds the keys of an event. */
export const addLinks = (filter: LinkFilter, logged: LogMessage): void => {
  const { correlationid, id } = logged.attributes()
  if (id !== undefined) filter.add(idKey(id))
  if (correlationid !== undefined) filter.add(correlationKey(correlationid))
}
