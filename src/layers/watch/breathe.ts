import { Effect } from "effect"

/** How many messages or rows are worked on in one go: about a millisecond's work. */
export const sliceSize = 250

/** Lets everything else that this process has to do go first: what came over the network meanwhile, commands above all. */
export const breathe: Effect.Effect<void> = Effect.callback((resume) => {
  const turn = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(turn))
})

/** Works through many items in slices, and lets everything else go first between two. */
export const inSlices = <A>(items: ReadonlyArray<A>, work: (item: A) => void, size = sliceSize): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let from = 0; from < items.length; from += size) {
      const upTo = Math.min(items.length, from + size)
      for (let n = from; n < upTo; n++) work(items[n]!)
      yield* breathe
    }
  })
