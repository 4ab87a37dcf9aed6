import { Context, type Effect } from "effect"
import type { Verification } from "./Integrity.ts"

/** What the services of a board stand on, as it is now. */
export interface HealthReport {
  readonly ready: boolean
  /** `memory` where there is no server; else whether it can be reached, or what is wrong with the log. It names no address. */
  readonly log: string
  /** Messages in each stream. */
  readonly streams: Readonly<Record<string, number>>
  /** Of each stream that is nearly full: the share of its limit that it has. Once that is 1, it takes nothing more. */
  readonly filling?: Readonly<Record<string, number>>
  /** How much of the log was read since the start; absent where nothing is stored. */
  readonly verification?: Verification
}

/** The share of its limit from which on a stream is told of, so that somebody can raise the limit in time. */
export const nearlyFullRatio = 0.8

/** Whether the log and its streams can be reached. Never fails: what is wrong stands in the report. */
export class Health extends Context.Service<Health, { readonly report: Effect.Effect<HealthReport> }>()(
  "layers/Health"
) {}
