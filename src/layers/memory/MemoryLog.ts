import { Context, Effect, Layer, SubscriptionRef } from "effect"
import * as Subject from "#layers/codec/Subject.ts"
import { isUndecodable, type LogEntry, UndecodableEvent } from "#layers/services/EventLog.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"

/** The entries of the log, shared with the other memory services. */
export class MemoryLog extends Context.Service<
  MemoryLog,
  {
    /** The entries that the board can decode. */
    readonly events: Array<RecordedEvent>
    /** All entries, in order of position. */
    readonly messages: Array<LogEntry>
    readonly length: SubscriptionRef.SubscriptionRef<number>
    /** Appends a message that the board cannot decode, as any client of a server can. Returns its position. */
    addUndecodable(subject: string): Effect.Effect<number>
  }
>()("layers/memory/MemoryLog") {
  /** A log that has these entries already, in order of position. */
  static having(entries: ReadonlyArray<LogEntry>) {
    return Layer.effect(
      MemoryLog,
      Effect.map(SubscriptionRef.make(entries.length), (length) => {
        const messages = [...entries]
        const addUndecodable = (subject: string) =>
          Effect.suspend(() => {
            const position = messages.length + 1
            const streamId = Subject.streamIdOf(subject)
            messages.push(
              new UndecodableEvent({ subject, streamId, position, reason: "its headers are not those of an event" })
            )
            return Effect.as(SubscriptionRef.set(length, position), position)
          })
        return {
          events: messages.filter((entry): entry is RecordedEvent => !isUndecodable(entry)),
          messages,
          length,
          addUndecodable
        }
      })
    )
  }

  static readonly layer = MemoryLog.having([])
}
