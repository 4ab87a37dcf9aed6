import { assert } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Option } from "effect"
import { Name } from "#domain/model/index.ts"
import { AuditLines } from "#layers/memory/AuditMemory.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import type { Line } from "#layers/services/Audit.ts"
import { messagesOf } from "./dump.ts"

/** What is kept of a line, wherever it is. */
export type Kept = Pick<Line, "id" | "command" | "commandId" | "actor" | "place" | "outcome"> & {
  readonly type: string
}

export const ofLine = ({ actor, command, commandId, id, outcome, place, refusal }: Line): Kept => ({
  id,
  command,
  commandId,
  actor,
  place,
  outcome,
  type: refusal?._tag ?? "Unchanged"
})

/** The lines of these places as they are kept: in memory, or in whatever stream takes them. */
export const linesOf = Effect.fnUntraced(function* (places: ReadonlySet<string>) {
  const memory = yield* Effect.serviceOption(AuditLines)
  if (Option.isSome(memory)) return memory.value.lines.filter(({ place }) => places.has(place)).map(ofLine)
  const nats = Option.getOrThrow(yield* Effect.serviceOption(Nats))
  return yield* Effect.promise(async () => {
    const manager = await jetstreamManager(nats)
    const stream = await manager.streams.find("audit.refused.any.thing")
    const kept: Array<Kept> = []
    for (const { headers, subject } of await messagesOf(manager, stream)) {
      const [, outcome, command] = subject.split(".")
      if (outcome === "accepted") continue
      const read = (name: string) => decodeURIComponent(headers.find(([key]) => key === `ce-${name}`)?.[1][0] ?? "")
      const source = read("source").split("/").at(-1)!
      assert.strictEqual(command, Name.kebab(source))
      if (places.has(read("subject"))) {
        kept.push({
          id: read("id"),
          command: source,
          commandId: read("commandid"),
          actor: read("actor"),
          place: read("subject"),
          outcome: outcome as Line["outcome"],
          type: read("type")
        })
      }
    }
    return kept
  })
})
