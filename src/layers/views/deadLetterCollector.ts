import * as Subject from "#layers/codec/Subject.ts"
import { blockedReason } from "#layers/deadLetters/DeadLetter.ts"
import type { DeadLetters, NewDeadLetter } from "#layers/deadLetters/DeadLetters.ts"
import { isUndecodable, type EventEnvelope, type UndecodableEvent } from "#layers/services/EventLog.ts"
import type { Subscription } from "#layers/services/Subscriptions.ts"

/** A message of the log that a view processes. */
export type ReplayEntry = EventEnvelope | UndecodableEvent

const deadLetterOf = (
  { name: by, types }: Subscription,
  entry: ReplayEntry,
  reason: string,
  isBlocked: boolean
): NewDeadLetter => ({
  by,
  place: entry.streamId,
  position: entry.position,
  type: isUndecodable(entry) ? Subject.typeName(types, entry.subject) : entry.event._tag,
  reason,
  attempts: isBlocked ? 0 : 1,
  behind: isBlocked
})

/**
 * Collects the dead letters of a view: events that it cannot apply, and those that they block in the same event stream.
 * `blockedStreams` are the event streams that have dead letters already.
 */
export const deadLetterCollector = (subscription: Subscription, blockedStreams: () => ReadonlySet<string>) => {
  const deadLetters = new Map<string, Array<NewDeadLetter>>()
  return {
    isBlocked: (entry: ReplayEntry): boolean =>
      (deadLetters.size > 0 || blockedStreams().size > 0) &&
      (deadLetters.has(entry.streamId) || blockedStreams().has(entry.streamId)),

    add(entry: ReplayEntry, reason: string): void {
      const earlier = deadLetters.get(entry.streamId)
      const isBlocked = earlier !== undefined || blockedStreams().has(entry.streamId)
      deadLetters.set(entry.streamId, [
        ...(earlier ?? []),
        deadLetterOf(subscription, entry, isBlocked ? blockedReason : reason, isBlocked)
      ])
    },

    /** Answers with the dead letters, and forgets them. */
    drain(): ReadonlyArray<NewDeadLetter> {
      const all = [...deadLetters.values()].flat()
      deadLetters.clear()
      return all
    }
  }
}

/** The events that a view's rows lack: dead letters, and those that an operator dismissed. */
export const skippedEvents = (deadLetters: DeadLetters["Service"], consumer: string) => ({
  makeIsSkipped: () => {
    const positions = new Set([
      ...deadLetters.ofConsumer(consumer).map(({ position }) => position),
      ...deadLetters.dismissedPositions(consumer)
    ])
    return (position: number) => positions.has(position)
  },
  withoutDismissed: <M extends ReplayEntry>(entries: ReadonlyArray<M>): ReadonlyArray<M> => {
    const dismissed = deadLetters.dismissedPositions(consumer)
    return dismissed.size === 0 ? entries : entries.filter(({ position }) => !dismissed.has(position))
  }
})
