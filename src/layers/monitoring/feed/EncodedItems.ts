import type { Counts } from "#layers/contract/eventSchema.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"
import type { FeedItem } from "./feedItems.ts"

/** How the items of a feed are written. */
export interface FeedEncoding {
  readonly event: (logged: LogMessage) => string
  readonly counts: (counts: Counts) => string
  /** Keeps an idle connection open. */
  readonly heartbeat: string
}

const maxChars = 4_000_000

/** Caches the texts of the newest messages, so that each message is encoded once for all listeners. */
export class RecentTexts {
  readonly #encode: (logged: LogMessage) => string
  readonly #texts = new Map<LogMessage, string>()
  #chars = 0

  constructor(encode: (logged: LogMessage) => string) {
    this.#encode = encode
  }

  readonly textOf = (logged: LogMessage): string => {
    const cached = this.#texts.get(logged)
    if (cached !== undefined) return cached
    const text = this.#encode(logged)
    this.#texts.set(logged, text)
    this.#chars += text.length
    for (const [oldest, { length }] of this.#texts) {
      if (this.#chars <= maxChars || oldest === logged) break
      this.#texts.delete(oldest)
      this.#chars -= length
    }
    return text
  }
}

const encoder = new TextEncoder()
const noBytes = new Uint8Array()

/** Encodes items of a feed as bytes; an item without events is empty. */
export const itemEncoder = ({ counts, event }: FeedEncoding): ((item: FeedItem) => Uint8Array) => {
  const texts = new RecentTexts(event)
  return (item) => {
    if (item._tag === "Counts") return encoder.encode(counts(item.counts))
    return item.events.length === 0 ? noBytes : encoder.encode(item.events.map(texts.textOf).join(""))
  }
}
