import { Effect } from "effect"
import { isWell } from "../servers.ts"
import { anyNode, type Fault, until } from "./Fault.ts"

export const lameDuck: Fault = {
  name: "lame-duck",
  title: "a node says goodbye, sends its clients away, and is replaced",
  hits: "servers",
  lasts: [2, 6],
  inject: Effect.fnUntraced(function* (world) {
    const node = yield* anyNode(world)
    yield* until(
      () => node.process.signal("SIGUSR2"),
      async () => {
        await node.process.end("SIGTERM")
        node.process.start()
        await isWell(node, 10_000)
      }
    )
    return node.name
  })
}
