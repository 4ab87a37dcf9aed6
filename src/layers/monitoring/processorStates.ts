import { Effect, Option } from "effect"
import { Board, type Slice } from "#domain/model/index.ts"
import { bucketOf, progressKey } from "#layers/buckets/bucketNames.ts"
import type { AutomationState, ViewState } from "#layers/contract/operationsSchema.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { automationSubscription, viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import { parsePosition } from "#layers/processors/checkpointStore.ts"
import { type ProcessorError, ProcessorErrors } from "#layers/processors/ProcessorErrors.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { type Subscription, Subscriptions } from "#layers/services/Subscriptions.ts"
import { orNullOnTimeout } from "#layers/timing/orNullOnTimeout.ts"
import { ViewHealth } from "#layers/views/ViewHealth.ts"

/** The problems of a processor. */
type Problems = Pick<typeof AutomationState.Type, "error" | "parked">

/** The state of a processor without its problems. */
interface ProcessorState<A> {
  readonly name: string
  readonly subscription: Subscription
  readonly state: Effect.Effect<A>
}

/** Adds the problems of processors to their states, and puts them under the processors' names. */
const makeWithProblems = Effect.gen(function* () {
  const deadLetters = yield* DeadLetters
  const deadLettersByConsumer = orNullOnTimeout(Effect.map(deadLetters.all, (all) => Map.groupBy(all, ({ by }) => by)))
  const errorsByProcessor = Option.match(yield* Effect.serviceOption(ProcessorErrors), {
    onNone: () => Effect.succeed<ReadonlyMap<string, ProcessorError>>(new Map()),
    onSome: ({ all }) => all
  })
  return Effect.fnUntraced(function* <A>(
    kind: "view" | "automation",
    processors: ReadonlyArray<ProcessorState<A>>
  ): Effect.fn.Return<Record<string, A & Problems>> {
    const errors = yield* errorsByProcessor
    const letters = yield* deadLettersByConsumer
    const states = yield* Effect.forEach(processors, ({ state }) => state, { concurrency: "unbounded" })
    return Object.fromEntries(
      processors.map(({ name, subscription }, n) => [
        name,
        {
          ...states[n]!,
          error: errors.get(`${kind} ${name}`) ?? null,
          parked: letters && (letters.get(subscription.name)?.length ?? 0)
        }
      ])
    )
  })
})

const viewStateReader = Effect.fnUntraced(function* (board: Board.Any) {
  const { lag } = yield* Subscriptions
  const { bucket } = yield* KeyValue
  const health = Option.getOrUndefined(yield* Effect.serviceOption(ViewHealth))
  return (view: Slice.View<any, any>): ProcessorState<Omit<typeof ViewState.Type, keyof Problems>> => {
    const subscription = viewSubscription(board, view)
    const rows = bucket(bucketOf(view))
    const position = Effect.map(rows.get(progressKey), (entry) =>
      Option.isSome(entry) ? parsePosition(entry.value.value) : undefined
    )
    const viewState = Effect.map(health?.states ?? Effect.succeed(undefined), (states) => states?.get(view.shows.name))
    const state = Effect.map(
      Effect.all([orNullOnTimeout(lag(subscription)), orNullOnTimeout(Effect.all([position, rows.size])), viewState], {
        concurrency: "unbounded"
      }),
      ([lag, found, state]) => ({
        lag,
        ...(state && state.status !== "current" && { rebuilding: true as const }),
        position: found ? (found[0] ?? 0) : null,
        // The checkpoint is a key of the bucket too.
        rows: found ? found[1] - (found[0] === undefined ? 0 : 1) : null
      })
    )
    return { name: view.shows.name, subscription, state }
  }
})

const automationStateReader = Effect.fnUntraced(function* (board: Board.Any) {
  const { lag, position } = yield* Subscriptions
  return (automation: Slice.AnyAutomation): ProcessorState<Omit<typeof AutomationState.Type, keyof Problems>> => {
    const subscription = automationSubscription(board, automation)
    const state = Effect.all(
      { lag: orNullOnTimeout(lag(subscription)), position: orNullOnTimeout(position(subscription)) },
      { concurrency: "unbounded" }
    )
    return { name: automation.name, subscription, state }
  }
})

/** The states of the views and automations, by name. Values that are not known within a short time are null. */
export const processorStates = Effect.fnUntraced(function* (board: Board.Any) {
  const withProblems = yield* makeWithProblems
  const views = withProblems("view", Board.views(board).map(yield* viewStateReader(board)))
  const automations = withProblems("automation", Board.automations(board).map(yield* automationStateReader(board)))
  return Effect.all({ views, automations }, { concurrency: "unbounded" })
})
