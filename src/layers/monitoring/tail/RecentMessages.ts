import type { LogMessage } from "#layers/services/LogReader.ts"

/** The newest messages of the log, so that listeners need no buffers of their own. */
export class RecentMessages {
  readonly #minRetained: number
  #messages: Array<LogMessage> = []

  /** @param minRetained how many messages are kept at least, once there are as many; at most twice as many are kept */
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

  /** All messages after a position; `undefined` if some of them are no longer kept. */
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
