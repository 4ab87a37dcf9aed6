import type { Logged } from "#layers/services/LogReader.ts"

/** Characters that are kept at the most. */
const maxChars = 4_000_000

/** The newest messages as they are written to listeners: each is encoded once, however many hear of it. */
export class RecentTexts {
  readonly #encode: (logged: Logged) => string
  readonly #texts = new Map<Logged, string>()
  #chars = 0

  constructor(encode: (logged: Logged) => string) {
    this.#encode = encode
  }

  readonly of = (logged: Logged): string => {
    const known = this.#texts.get(logged)
    if (known !== undefined) return known
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
