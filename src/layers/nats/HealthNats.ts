import type { Board } from "#domain/grammar/index.ts"
import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Layer } from "effect"
import { Health } from "../Health.ts"
import { Integrity } from "../Integrity.ts"
import { reasonOf } from "../reasonOf.ts"
import { Nats } from "./Nats.ts"
import { streamsOf } from "./streams.ts"

const patience = "2 seconds"

export const layer = (board: Board.Any) =>
  Layer.effect(
    Health,
    Effect.gen(function* () {
      const nats = yield* Nats
      const integrity = yield* Integrity
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const names = streamsOf(board, 1).map(({ name }) => name)
      const look = Effect.forEach(
        names,
        (name) =>
          Effect.tryPromise({
            try: async () => [name, (await manager.streams.info(name)).state.messages] as const,
            catch: (error) => `${name}: ${reasonOf(error)}`
          }),
        { concurrency: "unbounded" }
      ).pipe(
        Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.fail("it does not answer") }),
        Effect.map((streams) => {
          const damage = integrity.damage()
          const log = damage?.summary ?? nats.getServer()
          return { ready: damage === undefined, log, streams: Object.fromEntries(streams) }
        }),
        Effect.catch((reason) => {
          const why = integrity.damage()?.summary ?? reason
          return Effect.succeed({ ready: false, log: `${nats.getServer() || "not connected"}: ${why}`, streams: {} })
        }),
        Effect.map((report) => ({ ...report, verification: integrity.verification() }))
      )
      return { report: look }
    })
  )
