import { LogDamaged } from "#layers/services/Integrity.ts"
import type { Comparison } from "./compareLog.ts"
import { findingsOf, type Stretch, unreadable } from "./findings.ts"

/** What a running process knows of its log, beside what the server says of it. */
export class Known {
  readonly log: string
  readonly identity: string
  /** The newest position that this process has been answered with. */
  position = 0
  /** The link over which the log was compared last; undefined once that is lost. */
  comparedOn: number | undefined
  /** The server process that the log was read from last: another one may have found its files damaged. */
  readFrom: string | undefined
  /** What the comparison found. */
  found: ReadonlyArray<string> = []
  #unreadable: ReadonlyArray<Stretch> = []
  /** Of both: asked for by each command. */
  damage: LogDamaged | undefined
  verified = 0
  of = 0

  constructor(log: string, identity: string) {
    this.log = log
    this.identity = identity
  }

  compared(found: ReadonlyArray<string>) {
    this.found = found
    this.#conclude()
  }

  couldNotRead(all: ReadonlyArray<Stretch>) {
    this.#unreadable = all
    this.#conclude()
  }

  #conclude() {
    const all = [...this.found, ...(this.#unreadable.length > 0 ? [unreadable(this.#unreadable)] : [])]
    this.damage = all.length === 0 ? undefined : new LogDamaged({ log: this.log, found: all })
  }

  readonly saw = (position: number) => {
    if (position > this.position) this.position = position
  }

  /** What stands against the log as it is now. */
  findings({ found, state }: Pick<Comparison, "found" | "state">): ReadonlyArray<string> {
    if (state === undefined) return ["its stream is gone"]
    if (state.identity !== this.identity)
      return ["another log has taken its place since this app started: start the app again"]
    const own = { by: "this process", position: this.position, log: this.identity }
    return [...new Set([...findingsOf(state, [own]), ...found])]
  }
}
