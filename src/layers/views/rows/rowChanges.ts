import { Result } from "effect"
import { Key, type Slice } from "#domain/model/index.ts"
import type { EventEnvelope } from "#layers/services/EventLog.ts"
import { type DomainEvent, eventsOf } from "#layers/services/RecordedEvent.ts"

/** Events of one entry of the log that are folded into the same row: one, unless an older event was split. */
export interface RowChange {
  /** The key of the row in the bucket. */
  readonly path: string
  readonly events: ReadonlyArray<DomainEvent>
}

/** Finds the rows that entries of the log change. */
export const rowChanges = (view: Slice.View<any, any>) => {
  const pathOf = (event: DomainEvent): string => Key.toBucketKey(Key.tokens(view.key, event as never))

  /**
   * What an entry changes. The log may have an event under a type that this view receives, while the events that it stands for
   * are others. Throws `Key.InvalidKey` if the values of an event are no key of a row.
   */
  const changesOf = (envelope: Pick<EventEnvelope, "event" | "readAs">): ReadonlyArray<RowChange> => {
    if (!envelope.readAs) return [{ path: pathOf(envelope.event), events: [envelope.event] }]
    const read = eventsOf(envelope).filter(({ _tag }) => Object.hasOwn(view.shows.evolve, _tag))
    return Array.from(Map.groupBy(read, pathOf), ([path, events]) => ({ path, events }))
  }

  return {
    changesOf,
    /** `undefined` if the values of an event are no key of a row. */
    tryChangesOf: (envelope: EventEnvelope): ReadonlyArray<RowChange> | undefined =>
      Result.getOrUndefined(Result.try(() => changesOf(envelope)))
  }
}
