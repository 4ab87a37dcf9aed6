import { Effect } from "effect"
import { AuditLines } from "#layers/memory/AuditMemory.ts"
import { MemoryLog } from "#layers/memory/EventLogMemory.ts"
import { onMemory } from "#test/support/services.ts"
import { type Past, voiding } from "./voiding.suite.ts"

// Both stand in the context of the memory layer, which `Ground` does not say.
const past: Past = {
  stray: (subject) => Effect.flatMap(MemoryLog, ({ stray }) => stray(subject)) as Effect.Effect<number>,
  audited: (kind, position) =>
    Effect.map(
      AuditLines,
      ({ lines }) => lines.find(({ [kind]: line }) => line?.position === position)?.[kind]
    ) as Effect.Effect<unknown>
}

voiding(onMemory, past)
