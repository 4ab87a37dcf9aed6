import { Effect, Layer } from "effect"
import type { Command } from "#domain/model/index.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { Integrity, type LogDamaged } from "#layers/services/Integrity.ts"
import { budget } from "#layers/timing/requestTimeout.ts"
import { type About, Commands } from "./Commands.ts"

/**
 * Runs commands only while the log holds what it acknowledged: on one that has lost events, also a refusal would be wrong.
 * After a lost connection they wait until that is known again.
 */
export const layer = Layer.effect(
  Commands,
  Effect.gen(function* () {
    const commands = yield* Commands
    const integrity = yield* Integrity

    const unlessDamaged = <A, E, R>(run: Effect.Effect<A, E, R>) =>
      Effect.suspend((): Effect.Effect<A, E | LogDamaged, R> => {
        const damage = integrity.damage()
        return damage ? Effect.fail(damage) : run
      })
    const late = new LogUnavailable({ reason: "the connection was lost, and the log has not been compared again yet" })
    const soundly = <A, E, R>(run: Effect.Effect<A, E, R>) =>
      Effect.suspend(() =>
        integrity.isCompared()
          ? unlessDamaged(run)
          : Effect.andThen(integrity.compared, unlessDamaged(run)).pipe(
              Effect.timeoutOrElse({ duration: budget, orElse: () => Effect.fail(late) })
            )
      )

    return {
      execute: (command: Command.Any, input: unknown, about: About) =>
        Effect.map(soundly(commands.execute(command, input as never, about)), (receipt) => {
          integrity.saw(receipt.seq)
          return receipt
        }),
      dryRun: (command: Command.Any, input: unknown) => soundly(commands.dryRun(command, input as never))
    } as Commands["Service"]
  })
)
