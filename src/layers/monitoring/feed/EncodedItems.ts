import type { LogMessage } from "#layers/services/LogReader.ts"

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
