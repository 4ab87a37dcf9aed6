import { Context, Effect, Layer, type Scope } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import type { SharedBackend } from "./backends.ts"

/** An instance of the app that runs the commands of a board. */
interface Instance {
  readonly execute: Commands["Service"]["execute"]
  readonly dryRun: Commands["Service"]["dryRun"]
  readonly log: EventLog["Service"]
}

/** Instances of an app on one log, each with a connection and a cache of its own. */
export class Instances extends Context.Service<
  Instances,
  {
    /** Starts one that has not read anything yet. */
    readonly start: (options?: { readonly maxCachedStreams?: number }) => Effect.Effect<Instance, never, Scope.Scope>
  }
>()("test/Instances") {
  static readonly layer = (board: Board.Any, backend: SharedBackend) =>
    Layer.effect(
      Instances,
      Effect.map(backend.start(board), (services) => ({
        start: (options = {}) =>
          Layer.build(
            Layer.fresh(
              CommandHandler.layer(board, options).pipe(Layer.provideMerge(services), Layer.provide(Ids.layer))
            )
          ).pipe(Effect.map((context) => ({ ...Context.get(context, Commands), log: Context.get(context, EventLog) })))
      }))
    )
}
