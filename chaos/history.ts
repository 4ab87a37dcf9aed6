import { createWriteStream, type WriteStream } from "node:fs"

/** A command somebody means to give: its id, which goes along as `Idempotency-Key` each time it is sent. */
export interface CommandRequest {
  readonly type: "ask"
  readonly t: number
  readonly key: string
  readonly command: string
  readonly input: object
}

/** A fact as a receipt names it. */
export interface ReceiptEvent {
  readonly id: string
  readonly type: string
  readonly position: number
}

/**
 * What became of one request: `done` with a receipt, `refused` by a rule, `unavailable` (503), `unknown` when nobody
 * answered, `wrong` for anything else.
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

/** One request of a command, once it has ended. */
export interface Call {
  readonly type: "call"
  readonly t: number
  readonly until: number
  readonly key: string
  readonly app: string
  readonly outcome: Outcome
}

/** One request of a view, once it has ended. `position` is that of the row, 0 for an untouched one. */
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

/** A fault, once it was healed. */
export interface FaultRecord {
  readonly type: "fault"
  readonly t: number
  readonly until: number
  readonly name: string
  readonly about: string
}

/** When an app could not do anything, for no fault of its own. */
export interface Downtime {
  readonly type: "app"
  readonly t: number
  readonly until: number
  readonly app: string
  readonly what: "down" | "frozen" | "blocked" | "leaving"
}

export type Entry = CommandRequest | Call | RowRead | FaultRecord | Downtime

/** All that was asked, answered and done, in milliseconds since the run began; a line each in a file. */
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
