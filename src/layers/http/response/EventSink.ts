import { Readable } from "node:stream"
import type { Sink } from "#layers/monitoring/feed/EventFeed.ts"

/** The body of a streaming response. Written bytes are held by reference and never copied. */
export class EventSink extends Readable implements Sink {
  #isReadRequested = false

  constructor() {
    // A single write may be larger; it is buffered only while the connection accepts no bytes.
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

  /** Breaks the connection: the response is incomplete, so an EventSource reconnects. */
  readonly disconnect = (): void => {
    this.destroy(new Error("the listener did not read for 10 s"))
  }

  readonly end = (): void => {
    this.push(null)
  }
}
