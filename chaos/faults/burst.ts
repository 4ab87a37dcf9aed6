import { Effect } from "effect"
import { type Fault, NotInjected } from "./Fault.ts"

const count = 60

/** The server takes 50 batches of one stream at once. */
export const burst: Fault = {
  name: "batches-at-once",
  title: "sixty commands of two facts each, at once",
  hits: "app",
  lasts: [0, 1],
  inject: Effect.fnUntraced(function* ({ load }) {
    const places = Array.from({ length: count }, load.fresh)
    const all = { concurrency: "unbounded", discard: true } as const
    const book = Effect.forEach(
      places,
      (place) => load.ask({ command: "BookRoom", input: { ...place, client: { id: 1 } } }),
      all
    )
    const clean = Effect.forEach(places, (place) => load.ask({ command: "CleanRoom", input: place }), all)
    yield* Effect.andThen(book, clean).pipe(
      Effect.timeoutOrElse({
        duration: "30 seconds",
        orElse: () => Effect.fail(new NotInjected({ reason: "they took more than 30 s" }))
      }),
      Effect.uninterruptible
    )
    return `${count} rooms cleaned`
  })
}
