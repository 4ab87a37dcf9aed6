import { LogDamaged } from "#layers/services/Integrity.ts"
import type { Comparison } from "./compareLog.ts"
import { findDamage, type PositionRange, describeUnreadable } from "./findDamage.ts"

/** What a running process knows of its log, beside what the server says of it. */
export class LogKnowledge {
  readonly log: string
  readonly identity: string
  /** The newest position that this process has been answered with. */
  position = 0
  /** The link over which the log was compared last; undefined once that is lost. */
  comparedLink: number | undefined
  /** The server process that the log was read from last: another one may have found its files damaged. */
  verifiedServerId: string | undefined
  /** What the comparison found. */
  comparisonFindings: ReadonlyArray<string> = []
  #unreadable: ReadonlyArray<PositionRange> = []
  /** Of both: asked for by each command. */
  damage: LogDamaged | undefined
  verified = 0
  verificationTarget = 0

  constructor(log: string, identity: string) {
    this.log = log
    this.identity = identity
  }

  setFindings(findings: ReadonlyArray<string>) {
    this.comparisonFindings = findings
    this.#updateDamage()
  }

  setUnreadable(all: ReadonlyArray<PositionRange>) {
    this.#unreadable = all
    this.#updateDamage()
  }

  #updateDamage() {
    const all = [
      ...this.comparisonFindings,
      ...(this.#unreadable.length > 0 ? [describeUnreadable(this.#unreadable)] : [])
    ]
    this.damage = all.length === 0 ? undefined : new LogDamaged({ log: this.log, findings: all })
  }

  readonly observePosition = (position: number) => {
    if (position > this.position) this.position = position
  }

  /** What stands against the log as it is now. */
  findings({ findings: found, state }: Pick<Comparison, "findings" | "state">): ReadonlyArray<string> {
    if (state === undefined) return ["its stream is gone"]
    if (state.identity !== this.identity)
      return ["another log has taken its place since this app started: start the app again"]
    const own = { by: "this process", position: this.position, log: this.identity }
    return [...new Set([...findDamage(state, [own]), ...found])]
  }
}
