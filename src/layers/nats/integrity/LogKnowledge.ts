import { LogDamaged } from "#layers/services/Integrity.ts"
import type { Comparison } from "./compareLog.ts"
import { findDamage, type PositionRange, describeUnreadable } from "./findDamage.ts"

/** The knowledge that a running process has of its log, independently of the server. */
export class LogKnowledge {
  readonly log: string
  readonly identity: string
  /** The newest position that this process has received. */
  position = 0
  /** The link over which the log was compared last; undefined once that is lost. */
  comparedLink: number | undefined
  /** The server process that the log was read from last: another one may have found its files damaged. */
  verifiedServerId: string | undefined
  /** The findings of the last comparison. */
  comparisonFindings: ReadonlyArray<string> = []
  #unreadable: ReadonlyArray<PositionRange> = []
  /** Both kinds of findings combined; each command reads it. */
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

  /** The damage of the log in its present state, one sentence per finding. */
  findings({ findings: compared, state }: Pick<Comparison, "findings" | "state">): ReadonlyArray<string> {
    if (state === undefined) return ["its stream is gone"]
    if (state.identity !== this.identity)
      return ["it was replaced by another log since this app started: restart the app"]
    const own = { by: "this process", position: this.position, log: this.identity }
    return [...new Set([...findDamage(state, [own]), ...compared])]
  }
}
