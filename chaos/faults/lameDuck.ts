import { Effect } from "effect"
import { waitUntilHealthy } from "../servers.ts"
import { randomNode, type Fault, applyUntilHealed } from "./Fault.ts"

export const lameDuck: Fault = {
  name: "lame-duck",
  title: "a node enters lame duck mode, disconnects its clients, and is replaced",
  target: "servers",
  durationSeconds: [2, 6],
  inject: Effect.fnUntraced(function* (world) {
    const node = yield* randomNode(world)
    yield* applyUntilHealed(
      () => node.process.signal("SIGUSR2"),
      async () => {
        await node.process.end("SIGTERM")
        node.process.start()
        await waitUntilHealthy(node, 10_000)
      }
    )
    return node.name
  })
}
