import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Cause, Data, Effect, Exit } from "effect"
import { logProgress } from "./logProgress.ts"
import type { Environment, Measure, MeasureDescription, Sample, Turn } from "./Measure.ts"
import { measuredRow, type Rounds, type Row, rowWithoutResult } from "./Row.ts"
import { formatValue } from "./table.ts"

/** A prerequisite of a measure is not installed: the measure is skipped, not failed. */
export class NotInstalled extends Data.TaggedError("NotInstalled")<{ readonly reason: string }> {}

const turnSeconds = 1.5
const minCount = 100
const defaultMaxCount = 40_000

/** The turn of a quick run. */
const quickTurn = { count: 40, seconds: 0.3 }

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

/** A measure that is set up in its environment. */
interface Prepared<World> {
  readonly measure: Measure<World>
  readonly environment: Environment
  readonly world: World
}

/** Collects garbage before a turn, so that one side does not pay for the other's. */
const takeTurn = Effect.fnUntraced(function* <World>(
  { measure: { settle }, world }: Prepared<World>,
  side: Measure<World>["ours"],
  turn: Turn
) {
  collectGarbage()
  const sample = yield* side(world, turn)
  if (settle) yield* settle(world)
  return sample
})

/** The number of operations that fit into a turn of the slower side, after warming up both. */
const fittingCount = Effect.fnUntraced(function* <World>(prepared: Prepared<World>, warmUpTurn: Turn) {
  const { ours, baseline, maxCount = defaultMaxCount } = prepared.measure
  const rates: Array<number> = []
  for (const side of [ours, baseline, ours, baseline]) {
    if (side) rates.push((yield* takeTurn(prepared, side, warmUpTurn)).value)
  }
  const slower = Math.min(...rates.slice(rates.length >> 1))
  return Math.min(maxCount, Math.max(minCount, Math.round(slower * turnSeconds)))
})

/** The turn that both sides take in each round; warms up unless the measure or a quick run forgoes it. */
const planTurn = Effect.fnUntraced(function* <World>(prepared: Prepared<World>, concurrency: number) {
  const { environment, measure } = prepared
  if (environment.quick)
    return { concurrency, ...quickTurn, count: Math.min(measure.count ?? quickTurn.count, quickTurn.count) }
  const fixed = { concurrency, seconds: turnSeconds, count: measure.count ?? minCount }
  if (measure.warmUp === 0) return fixed
  const fitting = yield* fittingCount(prepared, { ...fixed, count: measure.count ?? measure.warmUp })
  return { ...fixed, count: measure.count ?? fitting }
})

/** Warms up, then takes the turns of all rounds. */
const takeRounds = Effect.fnUntraced(function* <World>(prepared: Prepared<World>, concurrency: number) {
  const { environment, measure } = prepared
  const rounds = environment.quick ? 1 : measure.rounds
  const label = `${measure.name}, ${concurrency} at once, sync ${environment.sync}`
  yield* logProgress(`${label}: ${environment.quick || measure.warmUp === 0 ? "starting" : "warming up"}`)
  const turn = yield* planTurn(prepared, concurrency)
  const ours: Array<Sample> = []
  const baseline: Array<Sample> = []
  for (let n = 1; n <= rounds; n++) {
    ours.push(yield* takeTurn(prepared, measure.ours, turn))
    if (measure.baseline) baseline.push(yield* takeTurn(prepared, measure.baseline, turn))
    const [mine, theirs] = [ours.at(-1)!, baseline.at(-1)]
    const baselineNote = theirs ? ` beside ${formatValue(theirs.value, measure.unit)}` : ""
    yield* logProgress(`${label}: round ${n} of ${rounds}: ${formatValue(mine.value, measure.unit)}${baselineNote}`)
  }
  return { ours, baseline } satisfies Rounds
})

/** The message of an error's cause, else of the error. */
const reasonOf = (error: unknown): string =>
  String(error instanceof Error && error.cause instanceof Error ? error.cause.message : error)

/** Logs why a measure was not run, and returns rows that say so. */
const rowsWithoutResult = (measure: MeasureDescription, { sync }: Environment, cause: Cause.Cause<unknown>) => {
  const error = Cause.squash(cause)
  const isInstalled = !(error instanceof NotInstalled)
  const note = isInstalled ? `failed: ${reasonOf(error)}` : `not installed: ${error.reason}`
  return Effect.as(
    logProgress(`${measure.name}, sync ${sync}: ${isInstalled ? Cause.pretty(cause) : note}`),
    measure.concurrency.map((concurrency) => rowWithoutResult(measure, sync, concurrency, note))
  )
}

/** Runs one measure with one sync interval: its rows, one for each concurrency. */
export const run = <World>(measure: Measure<World>, environment: Environment): Effect.Effect<ReadonlyArray<Row>> =>
  Effect.gen(function* () {
    yield* logProgress(`${measure.name}, sync ${environment.sync}: setting up`)
    const world = yield* measure.setup(environment)
    return yield* Effect.forEach(measure.concurrency, (concurrency) =>
      Effect.map(takeRounds({ measure, environment, world }, concurrency), (rounds) =>
        measuredRow(measure, environment.sync, concurrency, rounds)
      )
    )
  }).pipe(
    Effect.scoped,
    Effect.exit,
    Effect.flatMap((exit) => {
      if (Exit.isSuccess(exit)) return Effect.succeed(exit.value)
      if (Cause.hasInterruptsOnly(exit.cause)) return Effect.interrupt
      return rowsWithoutResult(measure, environment, exit.cause)
    })
  )
