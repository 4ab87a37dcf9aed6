import { jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { waitUntilHealthy } from "../servers.ts"
import { connectAdmin, attempt, type Fault, requiresThreeNodes, NotInjected, applyUntilHealed } from "./Fault.ts"

export const killLeader: Fault = {
  name: "leader-killed",
  title: "the leader of the log is killed, and restarted",
  target: "servers",
  durationSeconds: [1, 4],
  unavailableReason: requiresThreeNodes,
  inject: Effect.fnUntraced(function* (world) {
    const leader = yield* Effect.scoped(
      Effect.gen(function* () {
        const connection = yield* connectAdmin(world)
        const manager = yield* attempt("JetStream", () => jetstreamManager(connection, { timeout: 3_000 }))
        const { cluster } = yield* attempt("leader", () => manager.streams.info(world.stream))
        return cluster?.leader
      })
    )
    const node = world.servers.nodes.find(({ name }) => name === leader)
    if (!node) return yield* new NotInjected({ reason: "the log has no leader" })
    yield* applyUntilHealed(
      () => node.process.end("SIGKILL"),
      async () => {
        node.process.start()
        await waitUntilHealthy(node, 10_000)
      }
    )
    return node.name
  })
}
