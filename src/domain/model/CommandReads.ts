import type { Any } from "./Command.ts"
import type * as Read from "./Read.ts"

/** How a command uses a boundary: it must not change and gets events, it must not change, or it may be a second old. */
export type Use = "guards" | "checks" | "trusts"

/** A read of a command, and what it is for. */
export interface NamedRead {
  readonly name: string
  readonly use: Use
  readonly read: Read.Any
}

/** All reads of a command: those that it guards first. */
export const reads = (command: Any): ReadonlyArray<NamedRead> =>
  (["guards", "checks", "trusts"] as const).flatMap((use) =>
    Object.entries((command[use] ?? {}) as Read.Named<any>).map(([name, read]) => ({ name, use, read }))
  )
