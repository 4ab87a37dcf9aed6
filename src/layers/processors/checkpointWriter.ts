import { Effect } from "effect"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"

/** Milliseconds between two writes of a checkpoint while events come, and after the last of them. */
const betweenMillis = 1_000
const calmMillis = 100

/**
 * Advances a checkpoint now and then: what is answered again costs little, and the next event need not wait for a disk.
 * What was taken last is written soon after, and at the end of the scope.
 */
export const noting = Effect.fnUntraced(function* <E>(reached: (position: number) => Effect.Effect<void, E>) {
  let taken = 0
  let written = 0
  let lastWrite = Number.NEGATIVE_INFINITY
  const write = Effect.fnUntraced(function* () {
    lastWrite = yield* monotonicMillis
    const position = taken
    yield* reached(position)
    written = Math.max(written, position)
  })
  const rest = Effect.suspend(() => (taken > written ? Effect.ignore(write()) : Effect.void))
  yield* Effect.addFinalizer(() =>
    rest.pipe(Effect.timeoutOrElse({ duration: "500 millis", orElse: () => Effect.void }))
  )
  yield* Effect.forkScoped(
    Effect.suspend(() => {
      const before = taken
      return Effect.andThen(
        Effect.sleep(calmMillis),
        Effect.suspend(() => (taken === before ? rest : Effect.void))
      )
    }).pipe(Effect.forever)
  )
  return (position: number) =>
    Effect.flatMap(monotonicMillis, (now) => {
      taken = position
      return now - lastWrite < betweenMillis ? Effect.void : write()
    })
})
