import { Effect } from "effect"
import { AuditEntries } from "#layers/memory/AuditMemory.ts"
import { MemoryLog } from "#layers/memory/MemoryLog.ts"
import { memoryBackend } from "#test/support/backends.ts"
import { type LogBypass, voiding } from "./voiding.suite.ts"

// Both are in the context of the memory layer, which the type of `Backend` does not express.
const memoryLogBypass: LogBypass = {
  appendUndecodable: (subject) =>
    Effect.flatMap(MemoryLog, ({ addUndecodable }) => addUndecodable(subject)) as Effect.Effect<number>,
  readAudit: (kind, position) =>
    Effect.map(
      AuditEntries,
      ({ entries }) => entries.find(({ [kind]: entry }) => entry?.position === position)?.[kind]
    ) as Effect.Effect<unknown>
}

voiding(memoryBackend, memoryLogBypass)
