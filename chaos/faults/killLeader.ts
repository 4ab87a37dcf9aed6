import { jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { isWell } from "../servers.ts"
import { admin, attempt, type Fault, needsThree, NotInjected, until } from "./Fault.ts"

export const killLeader: Fault = {
  name: "leader-killed",
  title: "the node that leads the log is killed, and comes back",
  hits: "servers",
  lasts: [1, 4],
  missing: needsThree,
  inject: Effect.fnUntraced(function* (world) {
    const leader = yield* Effect.scoped(
      Effect.gen(function* () {
        const connection = yield* admin(world)
        const manager = yield* attempt("JetStream", () => jetstreamManager(connection, { timeout: 3_000 }))
        const { cluster } = yield* attempt("leader", () => manager.streams.info(world.stream))
        return cluster?.leader
      })
    )
    const node = world.servers.nodes.find(({ name }) => name === leader)
    if (!node) return yield* new NotInjected({ reason: "the log has no leader" })
    yield* until(
      () => node.process.end("SIGKILL"),
      async () => {
        node.process.start()
        await isWell(node, 10_000)
      }
    )
    return node.name
  })
}
