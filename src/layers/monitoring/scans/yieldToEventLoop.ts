import { Effect } from "effect"

/** How many messages or rows are processed in one slice: about half a millisecond's work. */
const sliceSize = 100

/** How many messages of the log a scan requests at once: they are parsed together. */
export const scanPageSize = 250

const waitingScans = new Set<() => void>()
let isScheduled = false

/** Each turn of the event loop resumes one of all scans of this process. */
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
 * Lets all other work of this process go first: input from the network, commands above all. Each turn of the event loop
 * contains one slice of one scan, however many scans run.
 */
export const yieldToEventLoop: Effect.Effect<void> = Effect.callback((resume) => {
  const resumeScan = () => resume(Effect.void)
  waitingScans.add(resumeScan)
  if (!isScheduled) setImmediate(resumeNext)
  isScheduled = true
  return Effect.sync(() => waitingScans.delete(resumeScan))
})

/** Processes many items in slices, and yields to the event loop between them. */
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
