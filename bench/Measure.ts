import type { Effect, Scope } from "effect"
import type { EmbeddedServer } from "#nats-server/EmbeddedServer.ts"
import type { Fixtures } from "./fixtures.ts"

/** How often the server forces its store to disk: with each write, or every two minutes; "none" where there is no disk. */
export type Sync = "2m" | "always" | "none"

/** What a measure stands on. */
export interface Environment {
  readonly sync: Sync
  /** A tiny version, to see that everything runs. */
  readonly quick: boolean
  /** A nats-server of its own, on this folder or on a fresh one, until the scope closes. */
  readonly server: (folder?: string) => Effect.Effect<EmbeddedServer, unknown, Scope.Scope>
  readonly fixtures: Fixtures
}

/** One turn of one side: `count` things to do, `concurrency` at once, or as many as go into `seconds`. */
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
  /** `ratio` is ours / limit. */
  readonly of: "ratio" | "ours"
  readonly least?: number
  readonly most?: number
}

export const atLeast = (least: number): Target => ({ of: "ratio", least })
export const atMost = (most: number): Target => ({ of: "ratio", most })

/** Something that is measured, paired with its limit. */
export interface Measure<World> {
  readonly name: string
  readonly title: string
  /** The limit, in words. */
  readonly against?: string
  readonly unit: "/s" | "ms" | "MB"
  readonly concurrency: ReadonlyArray<number>
  readonly syncs: ReadonlyArray<Sync>
  readonly target?: (concurrency: number) => Target
  /** Pairs of turns; the median counts. */
  readonly rounds: number
  /** How many things a side does before the first round: it warms up, and shows how many fit into a turn. 0 for none. */
  readonly warmUp: number
  /** What a turn does; without it, what goes into its seconds. */
  readonly count?: number
  /** No more than that go into a turn: where each needs much that is not measured. */
  readonly maxCount?: number
  readonly setup: (environment: Environment) => Effect.Effect<World, unknown, Scope.Scope>
  readonly ours: (world: World, turn: Turn) => Effect.Effect<Sample, unknown>
  readonly baseline?: (world: World, turn: Turn) => Effect.Effect<Sample, unknown>
  /** Waits for what a turn left behind, so that the next one does not pay for it. */
  readonly settle?: (world: World) => Effect.Effect<unknown, unknown>
}

export const make = <World>(measure: Measure<World>): Measure<World> => measure

/** Usual for what is done many times a second. */
export const throughput = { unit: "/s", syncs: ["2m", "always"], rounds: 7, warmUp: 3000 } as const
