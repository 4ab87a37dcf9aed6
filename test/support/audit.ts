import { assert } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Option } from "effect"
import { Name } from "#domain/model/index.ts"
import { AuditEntries } from "#layers/memory/AuditMemory.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import type { AuditEntry } from "#layers/services/Audit.ts"
import { messagesOf } from "./streamDump.ts"

/** The stored part of an audit entry, in memory and on NATS. */
export type StoredAuditEntry = Pick<AuditEntry, "id" | "command" | "commandId" | "actor" | "streamId" | "outcome"> & {
  readonly type: string
}

export const toStoredEntry = ({
  actor,
  command,
  commandId,
  id,
  outcome,
  streamId,
  rejection
}: AuditEntry): StoredAuditEntry => ({
  id,
  command,
  commandId,
  actor,
  streamId,
  outcome,
  type: rejection?._tag ?? "Unchanged"
})

/** The stored audit entries of these event streams, in memory or in the JetStream stream of rejections. */
export const storedEntries = Effect.fnUntraced(function* (streamIds: ReadonlySet<string>) {
  const memory = yield* Effect.serviceOption(AuditEntries)
  if (Option.isSome(memory))
    return memory.value.entries.filter(({ streamId }) => streamIds.has(streamId)).map(toStoredEntry)
  const nats = Option.getOrThrow(yield* Effect.serviceOption(Nats))
  return yield* Effect.promise(async () => {
    const manager = await jetstreamManager(nats)
    const stream = await manager.streams.find("audit.refused.any.thing")
    const entries: Array<StoredAuditEntry> = []
    for (const { headers, subject } of await messagesOf(manager, stream)) {
      const [, outcome, command] = subject.split(".")
      if (outcome === "accepted") continue
      const read = (name: string) => decodeURIComponent(headers.find(([key]) => key === `ce-${name}`)?.[1][0] ?? "")
      const source = read("source").split("/").at(-1)!
      assert.strictEqual(command, Name.kebab(source))
      if (streamIds.has(read("subject"))) {
        entries.push({
          id: read("id"),
          command: source,
          commandId: read("commandid"),
          actor: read("actor"),
          streamId: read("subject"),
          outcome: outcome as AuditEntry["outcome"],
          type: read("type")
        })
      }
    }
    return entries
  })
})
