import { Effect, Option } from "effect"
import { Projection } from "#domain/model/index.ts"
import type { EventLog, StreamHistory, StreamVersion } from "#layers/services/EventLog.ts"
import { eventsOf } from "#layers/services/RecordedEvent.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { type CommandStreams, historyOf, type StreamRef } from "./commandStreams.ts"
import { staleRead } from "./duplicateChecker.ts"
import type { QueuedState } from "./QueuedStates.ts"
import type { StateCache } from "./StateCache.ts"
import type { States } from "./States.ts"
import type { StateSnapshot, StateSnapshots } from "./stateSnapshots.ts"

/** The version of an event stream, and its states for the projections of a command. */
interface StoredState extends StreamVersion {
  readonly states: States
}

/** What is known of an event stream on which a command is decided: a version in the log, or one that is queued. */
export type KnownStream = StoredState | QueuedState

/** An event stream that was read from the log. */
export interface LoadedStream extends StoredState, StreamHistory {
  readonly stream: StreamRef
}

/** The least position that an answer for an event stream must have, because an event there is known. */
export type MinPosition = (streamId: string) => number

/** An event stream to read, and the stored states of its projections if it is read after them. */
interface Plan {
  readonly stream: StreamRef
  readonly snapshots?: ReadonlyArray<StateSnapshot> | undefined
}

/** The last event of a snapshot is read again: with the same id, the snapshot is of this log. */
const afterOf = ({ snapshots, stream }: Plan): number | "newest" | undefined =>
  snapshots
    ? Math.min(...snapshots.map(({ position }) => position)) - 1
    : historyOf(stream) === "newest"
      ? "newest"
      : undefined

const isOf = ({ events }: StreamHistory, { lastId, position }: StateSnapshot): boolean =>
  events.some((event) => event.position === position && event.id === lastId)

const statesOf = ({ snapshots, stream }: Plan, { events }: StreamHistory): States =>
  new Map(
    stream.projections.map((projection, n) => {
      const snapshot = snapshots?.[n]
      const newer = snapshot ? events.filter(({ position }) => position > snapshot.position) : events
      const state: unknown = Projection.fold(
        projection,
        newer.flatMap(eventsOf),
        snapshot ? snapshot.state : projection.initial
      )
      return [projection, state]
    })
  )

/** Reads the states of commands from the log, and caches them. */
export const stateLoader = (log: EventLog["Service"], cache: StateCache, { find, saveIfDue }: StateSnapshots) => {
  const planOf = Effect.fnUntraced(function* (stream: StreamRef) {
    if (historyOf(stream) !== "snapshots") return { stream }
    const found = yield* Effect.forEach(stream.projections, (each) => find(stream.id, each), {
      concurrency: "unbounded"
    })
    const plan: Plan = { stream, snapshots: Option.getOrUndefined(Option.all(found)) }
    return plan
  })

  const readPlans = Effect.fnUntraced(function* (plans: ReadonlyArray<Plan>) {
    const histories = yield* log.readAll(plans.map((plan) => ({ ...plan.stream.id, after: afterOf(plan) })))
    const isUsable = ({ snapshots = [] }: Plan, n: number) => snapshots.every((each) => isOf(histories[n]!, each))
    if (plans.every(isUsable)) return { plans, histories }
    // The log was replaced or restored since: the snapshots are of another one.
    const whole = plans.map(({ stream }): Plan => ({ stream }))
    return {
      plans: whole,
      histories: yield* log.readAll(whole.map((plan) => ({ ...plan.stream.id, after: afterOf(plan) })))
    }
  })

  /** Fails if an answer is older than what is known. */
  const load = Effect.fnUntraced(function* (streams: ReadonlyArray<StreamRef>, minPosition: MinPosition) {
    const minKnown = streams.map(({ text }) => Math.max(cache.positionOf(text), minPosition(text)))
    const startedAt = yield* monotonicMillis
    const { histories, plans } = yield* readPlans(yield* Effect.forEach(streams, planOf, { concurrency: "unbounded" }))
    if (histories.some(({ position }, n) => position < minKnown[n]!)) return yield* staleRead()
    return yield* Effect.forEach(histories, (history, n) => {
      const plan = plans[n]!
      const { stream } = plan
      const states = statesOf(plan, history)
      cache.put(stream.text, history, states, startedAt)
      const loaded: LoadedStream = { ...history, states, stream }
      const last = history.events.at(-1)
      const isSaved = last
        ? saveIfDue(stream, history.count - history.events.length, { count: history.count, states: () => states, last })
        : Effect.void
      return Effect.as(isSaved, loaded)
    })
  })

  return {
    load: ({ expected, trusted }: CommandStreams, minPosition: MinPosition) =>
      load([...expected, ...trusted], minPosition),
    /** Reads only trusted event streams: what is cached of the others is checked when the events are appended. */
    refresh: (trusted: ReadonlyArray<StreamRef>, minPosition: MinPosition) => load(trusted, minPosition)
  }
}
