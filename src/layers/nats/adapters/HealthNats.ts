import { jetstreamManager, type StreamConfig, type StreamState } from "@nats-io/jetstream"
import { Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { streamsOf } from "#layers/nats/provision/streamConfigs.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { Health, nearlyFull } from "#layers/services/Health.ts"
import { Integrity } from "#layers/services/Integrity.ts"

const patience = "2 seconds"

/** How full a stream is, from 0 to 1, by whichever of its limits it comes to first. None: it is never full. */
const filledOf = (
  { max_bytes, max_msgs }: Pick<StreamConfig, "max_bytes" | "max_msgs">,
  { bytes, messages }: Pick<StreamState, "bytes" | "messages">
): number => Math.max(max_bytes > 0 ? bytes / max_bytes : 0, max_msgs > 0 ? messages / max_msgs : 0)

export const layer = (board: Board.Any) =>
  Layer.effect(
    Health,
    Effect.gen(function* () {
      const nats = yield* Nats
      const integrity = yield* Integrity
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const names = streamsOf(board, 1).map(({ name }) => name)
      /** Why it was not ready when somebody asked last. Operators read in the log what callers are not told, once. */
      let told = ""
      const tell = (why: string) =>
        Effect.suspend(() => {
          if (told === why) return Effect.void
          told = why
          return Effect.logWarning(`Not ready: ${why}`)
        })
      const look = Effect.forEach(
        names,
        (name) =>
          Effect.tryPromise({
            try: async () => {
              const { config, state } = await manager.streams.info(name)
              return { name, messages: state.messages, filled: filledOf(config, state) }
            },
            catch: (error) => `${name}: ${reasonOf(error)}`
          }),
        { concurrency: "unbounded" }
      ).pipe(
        Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.fail("it does not answer") }),
        Effect.map((all) => {
          const damage = integrity.damage()
          return {
            ready: damage === undefined,
            log: damage?.summary ?? "reachable",
            streams: Object.fromEntries(all.map(({ messages, name }) => [name, messages])),
            filling: Object.fromEntries(
              all.flatMap(({ filled, name }) => (filled >= nearlyFull ? [[name, Math.round(filled * 100) / 100]] : []))
            )
          }
        }),
        Effect.tap(() => Effect.sync(() => void (told = ""))),
        Effect.catch((reason) => {
          const log = integrity.damage()?.summary ?? "not reachable"
          return Effect.as(tell(`${nats.getServer() || "not connected"}: ${reason}`), {
            ready: false,
            log,
            streams: {}
          })
        }),
        Effect.map((report) => ({ ...report, verification: integrity.verification() }))
      )
      return { report: look }
    })
  )
