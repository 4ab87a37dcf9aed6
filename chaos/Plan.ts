import type { Fault } from "./faults/Fault.ts"

/** A run with faults, before it is run. */
export interface Plan {
  readonly seed: number
  readonly minutes: number
  /** Kinds of faults without which a run says too little: it goes on until there were so many, up to four times as long. */
  readonly kinds?: number | undefined
  readonly nodes: 1 | 3
  /** Commands a second. */
  readonly rate: number
  /** People who ask at once. */
  readonly workers: number
  /** Names of the faults to make; without them, all that can be made. */
  readonly only?: ReadonlyArray<string> | undefined
  /** Seconds between two faults. */
  readonly pause: readonly [least: number, most: number]
  /** Part of its usual time that each fault lasts. */
  readonly haste: number
  /** How often the servers force their stores to disk. */
  readonly sync: string
}

export const defaultPlan: Omit<Plan, "seed" | "minutes" | "nodes"> = {
  rate: 150,
  workers: 24,
  pause: [1, 4],
  haste: 1,
  sync: "always"
}

/** The faults of a plan: those that were named, or all. */
export const selectFaults = (faults: ReadonlyArray<Fault>, { only }: Plan): ReadonlyArray<Fault> =>
  faults.filter(({ name }) => only === undefined || only.includes(name))
