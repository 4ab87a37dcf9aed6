import { Effect } from "effect"

/** How many messages or rows are worked on in one go: about half a millisecond's work. */
export const sliceSize = 100

/** How many messages of the log a scan asks for at once: what comes together is parsed together. */
export const scanPageSize = 250

const waitingScans = new Set<() => void>()
let isScheduled = false

/** Of all scans of this process one goes on in each turn of the event loop. */
const resumeNext = () => {
  const [first] = waitingScans
  if (first) {
    waitingScans.delete(first)
    first()
  }
  isScheduled = waitingScans.size > 0
  if (isScheduled) setImmediate(resumeNext)
}

/**
 * Lets everything else that this process has to do go first: what came over the network meanwhile, commands above all. Each
 * turn of the event loop has one slice of one scan in it, however many scans run.
 */
export const yieldToEventLoop: Effect.Effect<void> = Effect.callback((resume) => {
  const resumeScan = () => resume(Effect.void)
  waitingScans.add(resumeScan)
  if (!isScheduled) setImmediate(resumeNext)
  isScheduled = true
  return Effect.sync(() => waitingScans.delete(resumeScan))
})

/** Works through many items in slices, and lets everything else go first between two. */
export const forEachInSlices = <A>(
  items: ReadonlyArray<A>,
  work: (item: A) => void,
  size = sliceSize
): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let from = 0; from < items.length; from += size) {
      const upTo = Math.min(items.length, from + size)
      for (let n = from; n < upTo; n++) work(items[n]!)
      yield* yieldToEventLoop
    }
  })
