import { Effect } from "effect"
import { Projection } from "#domain/model/index.ts"
import type { EventLog, StreamHistory, StreamVersion } from "#layers/services/EventLog.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import type { CommandStreams, StreamRef } from "./commandStreams.ts"
import { staleRead } from "./duplicateChecker.ts"
import type { StateCache, States } from "./StateCache.ts"

/** The version of an event stream, and its states for the projections of a command. */
export interface KnownStream extends StreamVersion {
  readonly states: States
}

/** An event stream that was read from the log. */
export interface LoadedStream extends KnownStream, StreamHistory {
  readonly stream: StreamRef
}

/** The least position that an answer for an event stream must have, because an event there is known. */
export type MinPosition = (streamId: string) => number

/** Reads the states of commands from the log, and caches them. */
export const stateLoader = (log: EventLog["Service"], cache: StateCache) => {
  /** Fails if an answer is older than what is known. */
  const load = Effect.fnUntraced(function* (streams: ReadonlyArray<StreamRef>, minPosition: MinPosition) {
    const minKnown = streams.map(({ text }) => Math.max(cache.positionOf(text), minPosition(text)))
    const startedAt = yield* monotonicMillis
    const histories = yield* log.readAll(streams.map(({ id }) => id))
    if (histories.some(({ position }, n) => position < minKnown[n]!)) return yield* staleRead()
    return histories.map((history, n): LoadedStream => {
      const stream = streams[n]!
      const events = history.events.map(({ event }) => event)
      const states = new Map(stream.projections.map((each) => [each, Projection.fold(each, events) as unknown]))
      cache.put(stream.text, history, states, startedAt)
      return { ...history, states, stream }
    })
  })

  return {
    load: ({ expected, trusted }: CommandStreams, minPosition: MinPosition) =>
      load([...expected, ...trusted], minPosition),
    /** Reads only trusted event streams: what is cached of the others is checked when the events are appended. */
    refresh: (trusted: ReadonlyArray<StreamRef>, minPosition: MinPosition) => load(trusted, minPosition)
  }
}
