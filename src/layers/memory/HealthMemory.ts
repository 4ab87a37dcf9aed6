import { Effect, Layer } from "effect"
import { Health } from "#layers/services/Health.ts"
import { MemoryLog } from "./MemoryLog.ts"

export const layer = Layer.effect(
  Health,
  Effect.map(MemoryLog, ({ messages }) => ({
    report: Effect.sync(() => ({ ready: true, log: "memory", streams: { log: messages.length } }))
  }))
)
