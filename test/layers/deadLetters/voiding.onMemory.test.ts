import { Effect } from "effect"
import { AuditEntries } from "#layers/memory/AuditMemory.ts"
import { MemoryLog } from "#layers/memory/EventLogMemory.ts"
import { memoryBackend } from "#test/support/backends.ts"
import { type LogBypass, voiding } from "./voiding.suite.ts"

// Both stand in the context of the memory layer, which `Ground` does not say.
const past: LogBypass = {
  putStrayMessage: (subject) =>
    Effect.flatMap(MemoryLog, ({ addUndecodable }) => addUndecodable(subject)) as Effect.Effect<number>,
  readAudit: (kind, position) =>
    Effect.map(
      AuditEntries,
      ({ entries }) => entries.find(({ [kind]: line }) => line?.position === position)?.[kind]
    ) as Effect.Effect<unknown>
}

voiding(memoryBackend, past)
