import { Effect } from "effect"
import { anyApp, type Fault, until } from "./Fault.ts"

export const cutMidFrame: Fault = {
  name: "cut-mid-frame",
  title: "the connection of an app breaks in the middle of a message, again and again",
  hits: "app",
  lasts: [1, 3],
  inject: Effect.fnUntraced(function* (world) {
    const { name, links } = yield* anyApp(world)
    let turn = 0
    yield* until(
      () => {
        for (const { conditions } of links) {
          conditions.frame = ({ op, bytes }, direction, pair) => {
            if (op !== "HPUB" || turn++ % 20 > 0) return bytes
            pair.send(direction, bytes.subarray(0, bytes.length >> 1))
            setImmediate(pair.close)
            return undefined
          }
        }
      },
      () => links.forEach(({ conditions }) => (conditions.frame = undefined))
    )
    return name
  })
}
