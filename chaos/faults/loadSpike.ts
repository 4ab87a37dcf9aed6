import { Effect } from "effect"
import type { Fault } from "./Fault.ts"

const commandCount = 64

export const loadSpike: Fault = {
  name: "rush",
  title: "sixty-four clients want the same: one room for one night",
  target: "app",
  durationSeconds: [0, 1],
  inject: Effect.fnUntraced(function* ({ load }) {
    const commands = load.board.rush(commandCount)
    yield* Effect.forEach(commands, (command) => load.request(command), { concurrency: "unbounded", discard: true })
    return JSON.stringify(commands[0]!.input)
  })
}
