import { Effect } from "effect"
import type { CommandCall } from "../load/BoardLoad.ts"
import { type Fault, NotInjected } from "./Fault.ts"

const commandCount = 60

/** The server accepts 50 concurrent batches of one stream. */
export const batchBurst: Fault = {
  name: "batches-at-once",
  title: "sixty commands that store several messages each, at once",
  target: "app",
  durationSeconds: [0, 1],
  inject: Effect.fnUntraced(function* ({ load }) {
    const { batches, before } = load.board.batches(commandCount)
    const send = (command: CommandCall) => load.request(command)
    const unbounded = { concurrency: "unbounded", discard: true } as const
    const prepare = Effect.forEach(before, send, unbounded)
    yield* Effect.andThen(prepare, Effect.forEach(batches, send, unbounded)).pipe(
      Effect.timeoutOrElse({
        duration: "30 seconds",
        orElse: () => Effect.fail(new NotInjected({ reason: "they took more than 30 s" }))
      }),
      Effect.uninterruptible
    )
    return [...new Set(batches.map(({ command }) => command))].join(" and ")
  })
}
