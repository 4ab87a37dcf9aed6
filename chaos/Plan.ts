import { defaultBoard } from "../src/boards.ts"
import type { Fault } from "./faults/Fault.ts"

/** The parameters of a run with faults. */
export interface Plan {
  /** The board's name in `src/boards.ts`. */
  readonly board: string
  readonly seed: number
  readonly minutes: number
  /** The number of kinds of faults that a run needs to be meaningful: it continues until they were injected, up to four times as long. */
  readonly kinds?: number | undefined
  readonly nodes: 1 | 3
  /** Commands per second. */
  readonly rate: number
  /** Concurrent clients. */
  readonly workers: number
  /** Names of the faults to inject; default: all possible ones. */
  readonly only?: ReadonlyArray<string> | undefined
  /** Seconds between two faults. */
  readonly pause: readonly [min: number, max: number]
  /** The fraction of its usual duration that each fault lasts. */
  readonly haste: number
  /** The `sync_interval` of the servers. */
  readonly sync: string
}

export const defaultPlan: Omit<Plan, "seed" | "minutes" | "nodes"> = {
  board: defaultBoard,
  rate: 150,
  workers: 24,
  pause: [1, 4],
  haste: 1,
  sync: "always"
}

/** The faults of a plan: the named ones, or all. */
export const selectFaults = (faults: ReadonlyArray<Fault>, { only }: Plan): ReadonlyArray<Fault> =>
  faults.filter(({ name }) => only === undefined || only.includes(name))
