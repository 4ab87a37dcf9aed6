import { Clock, Effect, Layer, Option } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { type DeadLetter, DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { Connection } from "#layers/services/Connection.ts"
import { Health } from "#layers/services/Health.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { type Subscription, Subscriptions } from "#layers/services/Subscriptions.ts"
import { orNullOnTimeout } from "#layers/timing/orNullOnTimeout.ts"
import { BoardMetrics } from "./BoardMetrics.ts"
import { connectionGauges, type ProcessorGauges, processorGauges, streamGauges } from "./stateGauges.ts"

/** How many positions after a checkpoint are searched for the oldest event that is not processed. */
const maxSearched = 500

/** Returns the age in seconds of the oldest event after a subscription's checkpoint; beyond `maxSearched` positions, an upper bound. */
const oldestAge = Effect.fnUntraced(function* () {
  const { position } = yield* Subscriptions
  const { readPage } = yield* LogReader
  return Effect.fnUntraced(function* (subscription: Subscription, lag: number) {
    if (lag === 0) return 0
    const from = yield* position(subscription)
    const page = yield* readPage(from, from + maxSearched)
    const isOfTypes = Subject.matchesTypes(subscription.types)
    const oldest = page.find(({ subject }) => isOfTypes(subject)) ?? page.at(-1)
    return oldest ? Math.max(0, (yield* Clock.currentTimeMillis) - oldest.storedAt) / 1_000 : 0
  })
})

/** Measures the lag and the age of each view and automation. */
const processorCollector = Effect.fnUntraced(function* (gauges: ReadonlyArray<ProcessorGauges>) {
  const { lag } = yield* Subscriptions
  const ageOf = yield* oldestAge()
  return Effect.forEach(
    gauges,
    Effect.fnUntraced(function* ({ lagEvents, lagSeconds, subscription }) {
      const events = yield* orNullOnTimeout(lag(subscription))
      lagEvents(events)
      lagSeconds(events === null ? null : yield* orNullOnTimeout(ageOf(subscription, events)))
    }),
    { concurrency: "unbounded", discard: true }
  )
})

const countDeadLetters = (gauges: ReadonlyArray<ProcessorGauges>, letters: ReadonlyArray<DeadLetter> | null) => {
  const byConsumer = letters && Map.groupBy(letters, ({ by }) => by)
  for (const { deadLetters, subscription } of gauges) {
    deadLetters(byConsumer && (byConsumer.get(subscription.name)?.length ?? 0))
  }
}

/** Reads what the board's services know of their state, whenever the metrics are read. Values that are not known are left out. */
const addStateCollector = Effect.fnUntraced(function* (
  board: Board.Any,
  { addCollector, registry }: BoardMetrics["Service"]
) {
  const processors = processorGauges(board, registry)
  const streams = streamGauges(registry)
  const connection = connectionGauges(registry)
  const deadLetters = yield* DeadLetters
  const { report } = yield* Health
  const { status } = yield* Connection
  addCollector(yield* processorCollector(processors))
  addCollector(Effect.map(orNullOnTimeout(deadLetters.all), (letters) => countDeadLetters(processors, letters)))
  addCollector(Effect.map(status, ({ state }) => connection.state(state)))
  addCollector(
    Effect.map(orNullOnTimeout(report), (found) => {
      const replicas = Object.entries(found?.replicas ?? {})
      connection.logReachable(found?.ready ? 1 : 0)
      streams.messages(found?.streams ?? {})
      streams.fill(found?.fill ?? {})
      streams.replicas(Object.fromEntries(replicas.map(([name, { configured }]) => [name, configured])))
      streams.currentReplicas(Object.fromEntries(replicas.map(([name, { current }]) => [name, current])))
    })
  )
})

/** Adds the state of the board's processors and services to its metrics, if `BoardMetrics` is provided. */
export const layer = (board: Board.Any) =>
  Layer.effectDiscard(
    Effect.flatMap(
      Effect.serviceOption(BoardMetrics),
      Option.match({ onNone: () => Effect.void, onSome: (metrics) => addStateCollector(board, metrics) })
    )
  )
