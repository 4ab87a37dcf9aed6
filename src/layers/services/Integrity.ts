import { Context, Data, Effect, Layer } from "effect"

/**
 * The log lacks events that it once acknowledged, or is another one than this process started with. Nothing was written.
 * `findings`: one sentence for each kind of damage.
 */
export class LogDamaged extends Data.TaggedError("LogDamaged")<{
  readonly log: string
  readonly findings: ReadonlyArray<string>
}> {
  /** One line, without advice: for readiness and log lines. */
  get summary() {
    return `The log ${this.log} is damaged: ${this.findings.join("; ")}`
  }

  override get message() {
    return [
      `The log ${this.log} is damaged, and no command is accepted: a position would name two events.`,
      ...this.findings.map((each) => `    - ${each}`),
      '    Stop every app on it, and choose (docs/operations.md, "A log that lost events"):',
      "      npm run log -- check      what is missing, and where copies of it are; changes nothing",
      "      npm run log -- rebuild    put back what the audit and the lanes still hold",
      "      npm run restore <file>    use a backup instead, on another DATA_DIR or an empty server",
      "      npm run log -- accept     go on with what is left; everything derived from the log is rebuilt"
    ].join("\n")
  }
}

/** How many positions of the log were read since the start, to verify that the server can still read them. */
export interface Verification {
  readonly verified: number
  readonly of: number
}

/** Whether the log still has every event that it acknowledged. */
export class Integrity extends Context.Service<
  Integrity,
  {
    /** The damage of the log that this process knows of. */
    readonly damage: () => LogDamaged | undefined
    /** False from the loss of the connection until the log was compared again with the positions that this process knows. */
    readonly isCompared: () => boolean
    /** Changes with each reconnect; undefined unless `isCompared`. All reads of one epoch are from the same log. */
    readonly epoch: () => number | undefined
    /** Waits until `isCompared`, without a timeout. */
    readonly awaitCompared: Effect.Effect<void>
    /** Waits until the log was compared and is not damaged, without a timeout: for processors. */
    readonly awaitVerified: Effect.Effect<void>
    /** Records that there is an event at this position: a log that ends before it has lost events. */
    readonly observe: (position: number) => void
    readonly verification: () => Verification
  }
>()("layers/Integrity") {
  /** Never damaged: memory loses its events only as a whole. */
  static readonly layerMemory = Layer.succeed(Integrity, {
    damage: () => undefined,
    isCompared: () => true,
    epoch: () => 0,
    awaitCompared: Effect.void,
    awaitVerified: Effect.void,
    observe: () => {},
    verification: () => ({ verified: 0, of: 0 })
  })
}
