import type { LogMessage } from "#layers/services/LogReader.ts"

/** Characters that are kept at the most. */
const maxChars = 4_000_000

/** The newest messages as they are written to listeners: each is encoded once, however many hear of it. */
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
