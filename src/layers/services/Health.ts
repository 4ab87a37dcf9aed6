import { Context, type Effect } from "effect"
import type { Verification } from "./Integrity.ts"

/** The current state of the log and its JetStream streams. */
export interface HealthReport {
  readonly ready: boolean
  /** `memory` without a server; else whether the server is reachable, or the damage of the log. Contains no address. */
  readonly log: string
  /** The number of messages in each JetStream stream. */
  readonly streams: Readonly<Record<string, number>>
  /** The used share of its size limit for each stream that is nearly full. At 1 the stream accepts no more messages. */
  readonly filling?: Readonly<Record<string, number>>
  /** The used share of its size limit for each stream with a limit, not rounded. */
  readonly fill?: Readonly<Record<string, number>>
  /** Replicas of each stream: as configured, and those that are reachable and not behind. Absent in memory. */
  readonly replicas?: Readonly<Record<string, { readonly configured: number; readonly current: number }>>
  /** How much of the log was verified since the start; absent in memory. */
  readonly verification?: Verification
}

/** The used share of its limit from which a stream is reported, so that an operator can raise the limit in time. */
export const nearlyFullRatio = 0.8

/** Reports whether the log and its streams are reachable. Never fails: problems are in the report. */
export class Health extends Context.Service<Health, { readonly report: Effect.Effect<HealthReport> }>()(
  "layers/Health"
) {}
