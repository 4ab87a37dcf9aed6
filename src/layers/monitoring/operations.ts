import { Effect, Option } from "effect"
import { Board } from "#domain/model/index.ts"
import type { AutomationState, Operations, Totals, ViewState } from "#layers/contract/operationsSchema.ts"
import { Parking } from "#layers/deadLetters/DeadLetters.ts"
import { positionIn } from "#layers/processors/checkpoint.ts"
import { type Trouble, Troubles } from "#layers/processors/ProcessorErrors.ts"
import { bucketOf, progressKey } from "#layers/services/buckets.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Consumers, type Subscription } from "#layers/services/Subscriptions.ts"
import { followers } from "#layers/services/subscriptionsOf.ts"
import { soon } from "#layers/timing/orNullOnTimeout.ts"
import { ViewHealth } from "#layers/views/ViewHealth.ts"
import { Rejections } from "./feed/Rejections.ts"
import { countOf, type Standing } from "./tail/EventCounts.ts"
import { Watch } from "./tail/LogTail.ts"

/** What was counted, beside what the board has. */
export const totalsOf = (board: Board.Any, { position, tallies }: Standing): Totals => {
  const names = Board.facts(board).map(({ identifier }) => identifier)
  const known = new Set(names)
  return {
    position,
    facts: Object.fromEntries(names.map((name) => [name, countOf(tallies.get(name))])),
    unknown: Object.fromEntries(
      Array.from(tallies).flatMap(([type, tally]) => (known.has(type) ? [] : [[type, countOf(tally)]]))
    )
  }
}

/** How everything that follows the log stands now. */
export const operations = Effect.fnUntraced(function* (board: Board.Any) {
  const consumers = yield* Consumers
  const { bucket } = yield* KeyValue
  const { standing } = yield* Watch
  const rejections = Effect.map((yield* Rejections).now, (all) => Object.fromEntries(all))
  const troubles = yield* Effect.serviceOption(Troubles)
  const parking = yield* Parking
  const health = Option.getOrUndefined(yield* Effect.serviceOption(ViewHealth))
  const { automations } = followers(board)

  /** How many are parked, by consumer. */
  const counts = soon(Effect.map(parking.all, (all) => Map.groupBy(all, ({ by }) => by)))
  const wrong = Option.isNone(troubles) ? Effect.succeed<ReadonlyMap<string, Trouble>>(new Map()) : troubles.value.all

  const viewState = (view: ReturnType<typeof Board.views>[number], subscription: Subscription) => {
    const rows = bucket(bucketOf(view))
    const position = Effect.map(rows.get(progressKey), (entry) =>
      Option.isSome(entry) ? positionIn(entry.value.value) : undefined
    )
    const state = Effect.map(health?.states ?? Effect.succeed(undefined), (states) => states?.get(view.shows.name))
    return Effect.all([soon(consumers.lag(subscription)), soon(Effect.all([position, rows.size])), state], {
      concurrency: "unbounded"
    }).pipe(
      Effect.map(([lag, found, state]) => ({
        lag,
        ...(state && state.status !== "current" && { rebuilding: true as const }),
        position: found ? (found[0] ?? 0) : null,
        // How far the view has come is a key of its bucket too.
        rows: found ? found[1] - (found[0] === undefined ? 0 : 1) : null
      }))
    )
  }

  const states = <A>(
    prefix: string,
    each: ReadonlyArray<readonly [name: string, by: string, Effect.Effect<A>]>
  ): Effect.Effect<Record<string, A & Pick<typeof ViewState.Type, "error" | "parked">>> =>
    Effect.gen(function* () {
      const errors = yield* wrong
      const waiting = yield* counts
      const found = yield* Effect.forEach(each, ([, , state]) => state, { concurrency: "unbounded" })
      return Object.fromEntries(
        each.map(([name, by], n) => [
          name,
          {
            ...found[n]!,
            error: errors.get(`${prefix} ${name}`) ?? null,
            parked: waiting && (waiting.get(by)?.length ?? 0)
          }
        ])
      )
    })

  const views: Effect.Effect<Record<string, typeof ViewState.Type>> = states(
    "view",
    Board.views(board).map((view, n) => {
      const { subscription } = followers(board).views[n]!
      return [view.shows.name as string, subscription.name, viewState(view, subscription)] as const
    })
  )

  const gears: Effect.Effect<Record<string, typeof AutomationState.Type>> = states(
    "automation",
    automations.map(
      ({ name, subscription }) =>
        [
          name,
          subscription.name,
          Effect.all(
            { lag: soon(consumers.lag(subscription)), position: soon(consumers.position(subscription)) },
            { concurrency: "unbounded" }
          )
        ] as const
    )
  )

  return Effect.map(
    Effect.all([standing, soon(rejections), views, gears], { concurrency: "unbounded" }),
    ([standing, rejections, views, automations]): Omit<Operations, "log"> => ({
      ...totalsOf(board, standing),
      rejections,
      views,
      automations
    })
  )
})
