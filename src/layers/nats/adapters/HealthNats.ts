import { jetstreamManager, type StreamConfig, type StreamInfo, type StreamState } from "@nats-io/jetstream"
import { Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { Health, type HealthReport, nearlyFullRatio } from "#layers/services/Health.ts"
import { Integrity, type LogDamaged } from "#layers/services/Integrity.ts"

const healthCheckTimeout = "2 seconds"

/** The fill of a stream from 0 to 1, by the limit that it reaches first; 0 without a limit. */
const fillRatio = (
  { max_bytes, max_msgs }: Pick<StreamConfig, "max_bytes" | "max_msgs">,
  { bytes, messages }: Pick<StreamState, "bytes" | "messages">
): number => Math.max(max_bytes > 0 ? bytes / max_bytes : 0, max_msgs > 0 ? messages / max_msgs : 0)

/** The leader, and the replicas that follow it. A server without a cluster is the only one. */
const currentReplicas = (cluster: StreamInfo["cluster"]): number =>
  cluster
    ? (cluster.leader ? 1 : 0) + (cluster.replicas ?? []).filter(({ current, offline }) => current && !offline).length
    : 1

/** What the server says about a stream. */
interface StreamHealth {
  readonly name: string
  readonly messages: number
  readonly filled: number
  readonly replicas: { readonly configured: number; readonly current: number }
}

const reachableReport = (all: ReadonlyArray<StreamHealth>, damage: LogDamaged | undefined): HealthReport => {
  const byName = <A>(value: (stream: StreamHealth) => A) =>
    Object.fromEntries(all.map((stream) => [stream.name, value(stream)]))
  return {
    ready: damage === undefined,
    log: damage?.summary ?? "reachable",
    streams: byName(({ messages }) => messages),
    fill: byName(({ filled }) => filled),
    replicas: byName(({ replicas }) => replicas),
    filling: Object.fromEntries(
      all.flatMap(({ filled, name }) => (filled >= nearlyFullRatio ? [[name, Math.round(filled * 100) / 100]] : []))
    )
  }
}

export const layer = (board: Board.Any) =>
  Layer.effect(
    Health,
    Effect.gen(function* () {
      const nats = yield* Nats
      const integrity = yield* Integrity
      const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
      const names = streamSpecs(board, 1).map(({ name }) => name)
      /** The reason of the last failed check. It is logged once, for operators; the report leaves it out. */
      let lastReason = ""
      const warnOnce = (reason: string) =>
        Effect.suspend(() => {
          if (lastReason === reason) return Effect.void
          lastReason = reason
          return Effect.logWarning(`Not ready: ${reason}`)
        })
      const checkStreams = Effect.forEach(
        names,
        (name) =>
          Effect.tryPromise({
            try: async () => {
              const { cluster, config, state } = await manager.streams.info(name)
              return {
                name,
                messages: state.messages,
                filled: fillRatio(config, state),
                replicas: { configured: config.num_replicas, current: currentReplicas(cluster) }
              }
            },
            catch: (error) => `${name}: ${errorMessage(error)}`
          }),
        { concurrency: "unbounded" }
      ).pipe(
        Effect.timeoutOrElse({ duration: healthCheckTimeout, orElse: () => Effect.fail("it does not answer") }),
        Effect.map((all) => reachableReport(all, integrity.damage())),
        Effect.tap(() => Effect.sync(() => void (lastReason = ""))),
        Effect.catch((reason) => {
          const log = integrity.damage()?.summary ?? "not reachable"
          return Effect.as(warnOnce(`${nats.getServer() || "not connected"}: ${reason}`), {
            ready: false,
            log,
            streams: {}
          })
        }),
        Effect.map((report) => ({ ...report, verification: integrity.verification() }))
      )
      return { report: checkStreams }
    })
  )
