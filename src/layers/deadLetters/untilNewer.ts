import { Array, Effect, Option } from "effect"
import { VoidedPositions } from "#layers/buckets/VoidedPositions.ts"
import { NewerEvent } from "#layers/processors/NewerEvent.ts"
import {
  type EventEnvelope,
  EventLog,
  isNewer,
  isUndecodable,
  type LogUnavailable,
  UndecodableEvent
} from "#layers/services/EventLog.ts"
import { isVoid } from "./voidPosition.ts"

type Entry = EventEnvelope | UndecodableEvent

/** Splits entries at the first one that newer code wrote, unless an operator has voided it. */
export type SplitAtNewer = <E extends Entry>(
  entries: ReadonlyArray<E>
) => Effect.Effect<{ readonly before: ReadonlyArray<E>; readonly newer: NewerEvent | undefined }, LogUnavailable>

export const splitAtNewer = Effect.gen(function* () {
  const log = yield* EventLog
  const voided = yield* VoidedPositions
  const isObstacle = (entry: Entry) =>
    isUndecodable(entry) && isNewer(entry)
      ? Effect.map(Effect.provideService(isVoid(log, entry), VoidedPositions, voided), (isVoided) => !isVoided)
      : Effect.succeed(false)

  const split: SplitAtNewer = (entries) =>
    entries.some(isNewer)
      ? Effect.map(Effect.findFirst(entries, isObstacle), (found) => {
          if (Option.isNone(found)) return { before: entries, newer: undefined }
          const event = found.value as UndecodableEvent
          return { before: entries.slice(0, entries.indexOf(found.value)), newer: new NewerEvent({ event }) }
        })
      : Effect.succeed({ before: entries, newer: undefined })
  return split
})

/** Handles the entries before the first one that newer code wrote, and fails there: the processor tries again from that position. */
export const untilNewer =
  (split: SplitAtNewer) =>
  <E extends Entry, Err, R>(handle: (entries: Array.NonEmptyReadonlyArray<E>) => Effect.Effect<void, Err, R>) =>
    Effect.fnUntraced(function* (entries: Array.NonEmptyReadonlyArray<E>) {
      const { before, newer } = yield* split(entries)
      if (Array.isReadonlyArrayNonEmpty(before)) yield* handle(before)
      if (newer) return yield* newer
    })
