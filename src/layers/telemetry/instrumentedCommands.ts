import { Clock, Effect, Layer, Option } from "effect"
import { Commands } from "#layers/commands/Commands.ts"
import { monotonicMillisUnsafe } from "#layers/timing/monotonicMillis.ts"
import { BoardMetrics } from "./metrics/BoardMetrics.ts"
import type { CommandRecorder } from "./metrics/commandMetrics.ts"
import { type CommandExit, failureOf, outcomeOf } from "./metrics/commandOutcomes.ts"
import { type Execute, traced } from "./tracing/commandSpan.ts"
import { Tracing } from "./tracing/inSpan.ts"

/** Records the outcome and the duration of each command. Costs no more than two reads of the clock and two updates. */
const measured =
  (execute: Execute, { record }: CommandRecorder): Execute =>
  (command, request, context) =>
    Effect.withFiber((fiber) => {
      const clock = fiber.getRef(Clock.Clock)
      const begin = monotonicMillisUnsafe(clock)
      return Effect.onExitPrimitive(execute(command, request, context), (exit: CommandExit) => {
        const failure = failureOf(exit)
        const rejection = failure?._tag === "Refused" ? failure.rejection._tag : undefined
        record(command, outcomeOf(exit), (monotonicMillisUnsafe(clock) - begin) / 1_000, rejection)
        return undefined
      })
    })

/** `Commands` as they are; measured if `BoardMetrics` is provided, and in spans if these are exported. */
export const layer = <E, R>(commands: Layer.Layer<Commands, E, R>) =>
  Layer.effect(
    Commands,
    Effect.gen(function* () {
      const plain = yield* Commands
      const metrics = Option.getOrUndefined(yield* Effect.serviceOption(BoardMetrics))
      const isTraced = yield* Tracing
      if (!metrics && !isTraced) return plain
      const execute = isTraced ? traced(plain.execute as Execute) : (plain.execute as Execute)
      return { ...plain, execute: metrics ? measured(execute, metrics.commands) : execute } as Commands["Service"]
    })
  ).pipe(Layer.provide(commands))
