import { createWriteStream, type WriteStream } from "node:fs"

/** A command before it is sent: its id is the `Idempotency-Key` of all its requests. */
export interface CommandRequest {
  readonly type: "ask"
  readonly t: number
  readonly key: string
  readonly command: string
  readonly input: object
}

/** An event as a receipt names it. */
export interface ReceiptEvent {
  readonly id: string
  readonly type: string
  readonly position: number
}

/**
 * The outcome of one request: `done` with a receipt, `refused` (rejected by a rule), `unavailable` (503), `unknown` without
 * an answer, `wrong` for any other answer.
 */
export type Outcome =
  | {
      readonly is: "done"
      readonly seq: number
      readonly duplicate: boolean
      readonly facts: ReadonlyArray<ReceiptEvent>
    }
  | { readonly is: "refused"; readonly code: string }
  | { readonly is: "unavailable"; readonly code: string; readonly retryAfter: number | undefined }
  | { readonly is: "unknown"; readonly reason: string }
  | { readonly is: "wrong"; readonly status: number; readonly body: string }

/** One ended request of a command. */
export interface Call {
  readonly type: "call"
  readonly t: number
  readonly until: number
  /** The same by the system's clock, in milliseconds since 1970: it may jump, and apps decide by it. */
  readonly requestedAt: number
  readonly answeredAt: number
  readonly key: string
  readonly app: string
  readonly outcome: Outcome
}

/** One ended request of a view. `position` is that of the row, 0 if it has no event. */
export interface RowRead {
  readonly type: "look"
  readonly t: number
  readonly until: number
  readonly app: string
  readonly path: string
  readonly after: number
  readonly outcome:
    | { readonly is: "row"; readonly position: number }
    | Exclude<Outcome, { readonly is: "done" | "refused" }>
}

/** A fault that was healed. */
export interface FaultRecord {
  readonly type: "fault"
  readonly t: number
  readonly until: number
  readonly name: string
  readonly about: string
}

/** A time in which a fault kept an app from working. */
export interface Downtime {
  readonly type: "app"
  readonly t: number
  readonly until: number
  readonly app: string
  readonly what: "down" | "frozen" | "blocked" | "leaving"
}

export type Entry = CommandRequest | Call | RowRead | FaultRecord | Downtime

/** All requests, answers and faults, in milliseconds since the run began, with a line each in a JSONL file. */
export class History {
  readonly entries: Array<Entry> = []
  readonly #begin = performance.now()
  readonly #file: WriteStream

  constructor(path: string) {
    this.#file = createWriteStream(path)
  }

  now(): number {
    return Math.round(performance.now() - this.#begin)
  }

  write(entry: Entry): void {
    this.entries.push(entry)
    this.#file.write(`${JSON.stringify(entry)}\n`)
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(() => resolve()))
  }
}
