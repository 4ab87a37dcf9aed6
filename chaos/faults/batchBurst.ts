import { Effect } from "effect"
import { type Fault, NotInjected } from "./Fault.ts"

const commandCount = 60

/** The server accepts 50 concurrent batches of one stream. */
export const batchBurst: Fault = {
  name: "batches-at-once",
  title: "sixty commands of two events each, at once",
  target: "app",
  durationSeconds: [0, 1],
  inject: Effect.fnUntraced(function* ({ load }) {
    const nights = Array.from({ length: commandCount }, load.unusedNight)
    const unbounded = { concurrency: "unbounded", discard: true } as const
    const book = Effect.forEach(
      nights,
      (night) => load.request({ command: "BookRoom", input: { ...night, client: { id: 1 } } }),
      unbounded
    )
    const clean = Effect.forEach(nights, (night) => load.request({ command: "CleanRoom", input: night }), unbounded)
    yield* Effect.andThen(book, clean).pipe(
      Effect.timeoutOrElse({
        duration: "30 seconds",
        orElse: () => Effect.fail(new NotInjected({ reason: "they took more than 30 s" }))
      }),
      Effect.uninterruptible
    )
    return `${commandCount} rooms cleaned`
  })
}
