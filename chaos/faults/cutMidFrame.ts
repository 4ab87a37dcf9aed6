import { type Fault, frameFault } from "./Fault.ts"

export const cutMidFrame: Fault = {
  name: "cut-mid-frame",
  title: "the connection of an app breaks in the middle of a message, again and again",
  target: "app",
  durationSeconds: [1, 3],
  inject: frameFault(() => {
    let turn = 0
    return ({ op, bytes }, direction, pair) => {
      if (op !== "HPUB" || turn++ % 20 > 0) return bytes
      pair.send(direction, bytes.subarray(0, bytes.length >> 1))
      pair.dead = true
      setImmediate(pair.close)
      return undefined
    }
  })
}
