import { Readable } from "node:stream"
import type { Sink } from "#layers/monitoring/feed/EventFeed.ts"

/** The body of an answer that goes on, fed from outside. What is written is held by reference and never copied. */
export class EventSink extends Readable implements Sink {
  #isReadRequested = false

  constructor() {
    // One write may be larger: it waits here only for as long as the connection takes nothing.
    super({ highWaterMark: 16 * 1024 })
  }

  override _read(): void {
    this.#isReadRequested = true
  }

  readonly write = (bytes: Uint8Array): void => {
    this.#isReadRequested = false
    this.push(bytes)
  }

  readonly isDrained = (): boolean => this.#isReadRequested || this.destroyed

  /** Ends the connection: the answer was not over, so the caller's client tries again. */
  readonly disconnect = (): void => {
    this.destroy(new Error("the listener did not read for 10 s"))
  }

  readonly end = (): void => {
    this.push(null)
  }
}
