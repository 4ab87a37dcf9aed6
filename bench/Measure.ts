import type { Effect, Scope } from "effect"
import type { EmbeddedServer } from "#nats-server/EmbeddedServer.ts"
import type { Fixtures } from "./fixtures.ts"

/** The `sync_interval` of the server: each write, or every two minutes; "none" without a disk. */
export type Sync = "2m" | "always" | "none"

/** The environment of a measure. */
export interface Environment {
  readonly sync: Sync
  /** A tiny version, to test that everything runs. */
  readonly quick: boolean
  /** Starts a nats-server on this folder or on a fresh one, until the scope closes. */
  readonly server: (folder?: string) => Effect.Effect<EmbeddedServer, unknown, Scope.Scope>
  readonly fixtures: Fixtures
}

/** One turn of one side: `count` operations, `concurrency` at once, or as many as fit into `seconds`. */
export interface Turn {
  readonly concurrency: number
  readonly count: number
  readonly seconds: number
}

export interface Sample {
  readonly value: number
  readonly p99?: number
  readonly note?: string
}

export interface Target {
  /** The value that has a target; `ratio` is ours / limit. */
  readonly of: "ratio" | "ours"
  readonly least?: number
  readonly most?: number
}

export const atLeast = (least: number): Target => ({ of: "ratio", least })
export const atMost = (most: number): Target => ({ of: "ratio", most })

/** What is measured, how often, and its target. */
export interface MeasureDescription {
  readonly name: string
  readonly title: string
  /** A description of the limit. */
  readonly against?: string
  readonly unit: "/s" | "ms" | "MB"
  readonly concurrency: ReadonlyArray<number>
  readonly syncs: ReadonlyArray<Sync>
  readonly target?: (concurrency: number) => Target
  /** The number of pairs of turns; the result is the median. */
  readonly rounds: number
  /** The number of operations of a side before the first round: a warm-up, which also shows how many fit into a turn. 0 for none. */
  readonly warmUp: number
  /** The number of operations of a turn; default: as many as fit into its seconds. */
  readonly count?: number
  /** The maximum number of operations of a turn, for operations with an expensive preparation that is not measured. */
  readonly maxCount?: number
}

/** A measure, paired with its limit. */
export interface Measure<World> extends MeasureDescription {
  readonly setup: (environment: Environment) => Effect.Effect<World, unknown, Scope.Scope>
  readonly ours: (world: World, turn: Turn) => Effect.Effect<Sample, unknown>
  readonly baseline?: (world: World, turn: Turn) => Effect.Effect<Sample, unknown>
  /** Waits for work that a turn left behind, so that it does not slow the next one. */
  readonly settle?: (world: World) => Effect.Effect<unknown, unknown>
}

export const make = <World>(measure: Measure<World>): Measure<World> => measure

/** The defaults of throughput measures. */
export const throughput = { unit: "/s", syncs: ["2m", "always"], rounds: 7, warmUp: 3000 } as const
