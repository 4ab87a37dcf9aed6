import { Effect, Layer } from "effect"
import type { Command } from "#domain/model/index.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { Integrity, type LogDamaged } from "#layers/services/Integrity.ts"
import { requestTimeoutMillis } from "#layers/timing/requestTimeout.ts"
import { type CommandContext, Commands } from "./Commands.ts"

/**
 * Runs commands only while the log is verified: on a log that has lost events, even a rejection would be wrong. After a
 * reconnect they wait until the log was compared again.
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
    const notVerified = new LogUnavailable({
      reason: "the connection was lost, and the log has not been verified again yet"
    })
    const whenVerified = <A, E, R>(run: Effect.Effect<A, E, R>) =>
      Effect.suspend(() =>
        integrity.isCompared()
          ? unlessDamaged(run)
          : Effect.andThen(integrity.awaitCompared, unlessDamaged(run)).pipe(
              Effect.timeoutOrElse({ duration: requestTimeoutMillis, orElse: () => Effect.fail(notVerified) })
            )
      )

    return {
      execute: (command: Command.Any, input: unknown, context: CommandContext) =>
        Effect.map(whenVerified(commands.execute(command, input as never, context)), (receipt) => {
          integrity.observe(receipt.seq)
          return receipt
        }),
      dryRun: (command: Command.Any, input: unknown) => whenVerified(commands.dryRun(command, input as never))
    } as Commands["Service"]
  })
)
