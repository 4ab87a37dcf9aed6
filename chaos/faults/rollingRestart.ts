import { Effect } from "effect"
import { waitUntilHealthy } from "../servers.ts"
import type { Fault } from "./Fault.ts"

export const rollingRestart: Fault = {
  name: "rolling-restart",
  title: "every node is ended and started again, one after the other",
  target: "servers",
  durationSeconds: [0, 0.5],
  inject: Effect.fnUntraced(function* ({ servers }) {
    yield* Effect.forEach(
      servers.nodes,
      (node) =>
        Effect.promise(async () => {
          await node.process.end("SIGTERM")
          node.process.start()
          await waitUntilHealthy(node, 20_000)
        }),
      { discard: true }
    ).pipe(Effect.uninterruptible)
    return servers.nodes.map(({ name }) => name).join(", ")
  })
}
