import { Effect, Random, Result, Scope, Exit } from "effect"
import type { Fault, World } from "./faults/Fault.ts"

export interface Options {
  readonly seed: number
  readonly faults: ReadonlyArray<Fault>
  /** Seconds between two faults of the same lane. */
  readonly pause: readonly [min: number, max: number]
  /** The fraction of its usual duration that each fault lasts. */
  readonly haste: number
  readonly log: (line: string) => Effect.Effect<void>
}

const randomMillis = Effect.fnUntraced(function* ([least, most]: readonly [number, number]) {
  return (yield* Random.nextBetween(least, most)) * 1000
})

/** One fault, from injection to healing. Also heals and records it on interruption. */
const inject = Effect.fnUntraced(function* (world: World, fault: Fault, { haste, log }: Options) {
  const { history } = world
  const scope = yield* Scope.make()
  const t = history.now()
  let about: string | undefined
  const heal = Effect.gen(function* () {
    yield* Scope.close(scope, Exit.void)
    if (about !== undefined) history.write({ type: "fault", t, until: history.now(), name: fault.name, about })
  })
  yield* Effect.gen(function* () {
    const injected = yield* Effect.result(fault.inject(world).pipe(Scope.provide(scope)))
    if (Result.isFailure(injected)) return yield* log(`${fault.name}: not injected, ${injected.failure.reason}`)
    about = injected.success
    yield* log(`${fault.name}: ${about}`)
    yield* Effect.sleep((yield* randomMillis(fault.durationSeconds)) * haste)
  }).pipe(Effect.ensuring(heal))
})

/** Injects the faults of one target forever: each once in a random order, then again in another order. */
const runLane = Effect.fnUntraced(function* (world: World, target: Fault["target"], options: Options) {
  const laneFaults = options.faults.filter((fault) => fault.target === target)
  if (laneFaults.length === 0) return yield* Effect.never
  while (true) {
    for (const fault of yield* Random.shuffle(laneFaults)) {
      yield* Effect.sleep(yield* randomMillis(options.pause))
      yield* inject(world, fault, options)
    }
  }
})

/**
 * Injects faults into servers and apps until interrupted, with one fault of each target at a time. The same seed gives the
 * same faults in the same order.
 */
export const schedule = (world: World, options: Options): Effect.Effect<never> =>
  Effect.forEach(
    ["servers", "app"] as const,
    (target) => Random.withSeed(runLane(world, target, options), `${options.seed}/faults/${target}`),
    { concurrency: "unbounded" }
  ).pipe(Effect.andThen(Effect.never))
