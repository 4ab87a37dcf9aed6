import { Context, Data, Effect, Layer } from "effect"

/**
 * The log does not hold what it once acknowledged, or is another than the one that this process started with. Nothing was
 * written. `found`: one sentence for each kind of damage.
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
      "      npm run restore <file>    take a backup instead, on another DATA_DIR or an empty server",
      "      npm run log -- accept     go on with what is left; everything that is derived is made from it again"
    ].join("\n")
  }
}

/** How much of the log was read since the start to see that the server can still read it: positions. */
export interface Verification {
  readonly verified: number
  readonly of: number
}

/** Whether the log still holds what it acknowledged. */
export class Integrity extends Context.Service<
  Integrity,
  {
    /** What is wrong with the log, as far as this process knows now. */
    readonly damage: () => LogDamaged | undefined
    /** False from when the connection is lost until the log was compared again with what is known of it. */
    readonly isCompared: () => boolean
    /** Another number after each reconnect; undefined unless `isCompared`. What was read in one epoch is of one log. */
    readonly epoch: () => number | undefined
    /** Waits until `isCompared`, for as long as that takes. */
    readonly awaitCompared: Effect.Effect<void>
    /** Waits until the log was compared and is not damaged, for as long as that takes: what follows the log waits so. */
    readonly awaitVerified: Effect.Effect<void>
    /** This process knows of an event at this position: a log that ends before it has lost something. */
    readonly observe: (position: number) => void
    readonly verification: () => Verification
  }
>()("layers/Integrity") {
  /** Nothing gets lost in memory but all of it. */
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
