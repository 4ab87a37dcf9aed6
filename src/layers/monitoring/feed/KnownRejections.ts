import type { CommandRejections } from "#layers/contract/rejectionsSchema.ts"
import type { RejectedCommand } from "#layers/services/AuditReader.ts"

export type ByCommand = ReadonlyMap<string, CommandRejections>

const lastRejectionOf = ({
  actor,
  correlationId,
  streamId,
  time,
  type
}: RejectedCommand): CommandRejections["last"] => ({
  type,
  place: streamId,
  actor,
  time,
  correlationid: correlationId
})

/** The rejections of each command, and the version at which they last changed. */
export class KnownRejections {
  readonly #byCommand: Map<string, CommandRejections>
  readonly #changedAt = new Map<string, number>()

  constructor(commands: ReadonlyArray<string>) {
    this.#byCommand = new Map(commands.map((name) => [name, { count: 0, last: null }]))
  }

  /** An immutable copy. */
  all(): ByCommand {
    return new Map(this.#byCommand)
  }

  /** The commands whose rejections changed after a version. */
  changedSince(version: number): ByCommand {
    return new Map(Array.from(this.#byCommand).filter(([command]) => (this.#changedAt.get(command) ?? 0) > version))
  }

  set(rejections: ByCommand, version: number): void {
    for (const [command, rejected] of rejections) {
      // An equal count is no change: only the last rejection was looked up.
      if (rejected.count !== this.#byCommand.get(command)?.count) this.#changedAt.set(command, version)
      this.#byCommand.set(command, rejected)
    }
  }

  /** Makes all rejections so far count as unchanged. */
  clearChanges(): void {
    this.#changedAt.clear()
  }

  /**
   * The commands of some rejections with these added.
   * @param upTo the position in the audit up to which rejections are counted already
   */
  withRejections(rejections: ReadonlyArray<RejectedCommand>, upTo: number): ByCommand {
    const changes = new Map<string, CommandRejections>()
    for (const rejection of rejections) {
      const { count } = changes.get(rejection.command) ?? this.#byCommand.get(rejection.command) ?? { count: 0 }
      changes.set(rejection.command, {
        count: rejection.position > upTo ? count + 1 : count,
        last: lastRejectionOf(rejection)
      })
    }
    return changes
  }

  /** All commands with their counts replaced; a command without one has none. */
  withCounts(counts: ReadonlyMap<string, number>): ByCommand {
    return new Map(
      Array.from(this.#byCommand, ([command, { last }]) => [command, { count: counts.get(command) ?? 0, last }])
    )
  }
}
