import type { LogMessage } from "#layers/services/LogReader.ts"

/** The newest messages of the log, so that whoever looks on needs no buffer of their own. */
export class RecentMessages {
  readonly #minRetained: number
  #messages: Array<LogMessage> = []

  /** @param most how many are held at least, once there are so many; at the most twice that */
  constructor(minRetained = 4_096) {
    this.#minRetained = minRetained
  }

  add(messages: ReadonlyArray<LogMessage>): void {
    if (messages.length > this.#minRetained) this.#messages = messages.slice(-this.#minRetained)
    else for (const message of messages) this.#messages.push(message)
    if (this.#messages.length > 2 * this.#minRetained) this.#messages = this.#messages.slice(-this.#minRetained)
  }

  clear(): void {
    this.#messages = []
  }

  /** Everything behind a position; `undefined` if some of that is not held any more. */
  since(position: number): ReadonlyArray<LogMessage> | undefined {
    const first = this.#messages[0]
    if (!first || position < first.position - 1) return undefined
    let [from, to] = [0, this.#messages.length]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.#messages[middle]!.position <= position) from = middle + 1
      else to = middle
    }
    return this.#messages.slice(from)
  }
}
