import { Effect, Option } from "effect"
import { Board } from "#domain/model/index.ts"
import type { AutomationState, Operations, Totals, ViewState } from "#layers/contract/operationsSchema.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { parsePosition } from "#layers/processors/checkpointStore.ts"
import { type ProcessorError, ProcessorErrors } from "#layers/processors/ProcessorErrors.ts"
import { subscriptions } from "#layers/services/boardSubscriptions.ts"
import { bucketOf, progressKey } from "#layers/services/bucketNames.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Subscriptions, type Subscription } from "#layers/services/Subscriptions.ts"
import { orNullOnTimeout } from "#layers/timing/orNullOnTimeout.ts"
import { ViewHealth } from "#layers/views/ViewHealth.ts"
import { RejectionTracker } from "./feed/RejectionTracker.ts"
import { toCount, type EventCounts } from "./tail/EventCounts.ts"
import { LogTail } from "./tail/LogTail.ts"

/** The counts of every type of event on the board, and of unknown types. */
export const totalsOf = (board: Board.Any, { position, byType }: EventCounts): Totals => {
  const names = Board.events(board).map(({ identifier }) => identifier)
  const known = new Set(names)
  return {
    position,
    facts: Object.fromEntries(names.map((name) => [name, toCount(byType.get(name))])),
    unknown: Object.fromEntries(
      Array.from(byType).flatMap(([type, typeCount]) => (known.has(type) ? [] : [[type, toCount(typeCount)]]))
    )
  }
}

/** The current state of the log, the views and the automations. What is not known within a short time is null. */
export const operationsNow = Effect.fnUntraced(function* (board: Board.Any) {
  const consumers = yield* Subscriptions
  const { bucket } = yield* KeyValue
  const { counts: eventCounts } = yield* LogTail
  const rejections = Effect.map((yield* RejectionTracker).current, (all) => Object.fromEntries(all))
  const processorErrors = yield* Effect.serviceOption(ProcessorErrors)
  const deadLetters = yield* DeadLetters
  const health = Option.getOrUndefined(yield* Effect.serviceOption(ViewHealth))
  const { automations } = subscriptions(board)

  const deadLettersByConsumer = orNullOnTimeout(Effect.map(deadLetters.all, (all) => Map.groupBy(all, ({ by }) => by)))
  const errorsByProcessor = Option.isNone(processorErrors)
    ? Effect.succeed<ReadonlyMap<string, ProcessorError>>(new Map())
    : processorErrors.value.all

  const viewState = (view: ReturnType<typeof Board.views>[number], subscription: Subscription) => {
    const rows = bucket(bucketOf(view))
    const position = Effect.map(rows.get(progressKey), (entry) =>
      Option.isSome(entry) ? parsePosition(entry.value.value) : undefined
    )
    const state = Effect.map(health?.states ?? Effect.succeed(undefined), (states) => states?.get(view.shows.name))
    return Effect.all(
      [orNullOnTimeout(consumers.lag(subscription)), orNullOnTimeout(Effect.all([position, rows.size])), state],
      {
        concurrency: "unbounded"
      }
    ).pipe(
      Effect.map(([lag, found, state]) => ({
        lag,
        ...(state && state.status !== "current" && { rebuilding: true as const }),
        position: found ? (found[0] ?? 0) : null,
        // The checkpoint is a key of the bucket too.
        rows: found ? found[1] - (found[0] === undefined ? 0 : 1) : null
      }))
    )
  }

  const states = <A>(
    prefix: string,
    each: ReadonlyArray<readonly [name: string, by: string, Effect.Effect<A>]>
  ): Effect.Effect<Record<string, A & Pick<typeof ViewState.Type, "error" | "parked">>> =>
    Effect.gen(function* () {
      const errors = yield* errorsByProcessor
      const letters = yield* deadLettersByConsumer
      const found = yield* Effect.forEach(each, ([, , state]) => state, { concurrency: "unbounded" })
      return Object.fromEntries(
        each.map(([name, by], n) => [
          name,
          {
            ...found[n]!,
            error: errors.get(`${prefix} ${name}`) ?? null,
            parked: letters && (letters.get(by)?.length ?? 0)
          }
        ])
      )
    })

  const viewStates: Effect.Effect<Record<string, typeof ViewState.Type>> = states(
    "view",
    Board.views(board).map((view, n) => {
      const { subscription } = subscriptions(board).views[n]!
      return [view.shows.name as string, subscription.name, viewState(view, subscription)] as const
    })
  )

  const automationStates: Effect.Effect<Record<string, typeof AutomationState.Type>> = states(
    "automation",
    automations.map(
      ({ name, subscription }) =>
        [
          name,
          subscription.name,
          Effect.all(
            {
              lag: orNullOnTimeout(consumers.lag(subscription)),
              position: orNullOnTimeout(consumers.position(subscription))
            },
            { concurrency: "unbounded" }
          )
        ] as const
    )
  )

  return Effect.map(
    Effect.all([eventCounts, orNullOnTimeout(rejections), viewStates, automationStates], { concurrency: "unbounded" }),
    ([eventCounts, rejections, views, automations]): Omit<Operations, "log"> => ({
      ...totalsOf(board, eventCounts),
      rejections,
      views,
      automations
    })
  )
})
