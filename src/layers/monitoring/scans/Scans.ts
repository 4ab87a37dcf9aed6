import { Context, Data, type Duration, Effect, Layer, Semaphore } from "effect"

/** The limits for running and waiting reads of this kind are reached. Nothing was read. */
export class TooBusy extends Data.TaggedError("TooBusy")<{ readonly running: number; readonly waiting: number }> {
  override get message() {
    return (
      `${this.running} expensive reads run and ${this.waiting} wait, which is the limit of this process, so that commands stay fast. ` +
      "Try again after a pause, or ask for less: a page, a narrower key, a single row."
    )
  }
}

/** A read took longer than its timeout. Its partial result is dropped. */
export class ScanTooLong extends Data.TaggedError("ScanTooLong")<{ readonly seconds: number }> {
  override get message() {
    return (
      `The read did not end within ${this.seconds} s. Ask for less: fewer rows, an earlier position, a page; ` +
      "or for rows as of a position with Accept: text/event-stream, which may take a minute."
    )
  }
}

interface BulkheadOptions {
  readonly concurrency: number
  /** The most reads that wait. */
  readonly queue: number
  /** The longest wait of a read. */
  readonly queueTimeout: Duration.Input
}

/** `TooBusy` is answered after a pause, so that a client that retries at once cannot keep the process busy. */
const rejectionDelay = "200 millis"

/** Limits concurrency, with a short queue, and `TooBusy` beyond it. An interrupted read frees its permit or queue slot at once. */
export const bulkhead = ({ concurrency, queueTimeout, queue }: BulkheadOptions) => {
  const permits = Semaphore.makeUnsafe(concurrency)
  let running = 0
  let waiting = 0
  const tooBusy = Effect.suspend(() => Effect.fail(new TooBusy({ running, waiting })))
  return <A, E, R>(read: Effect.Effect<A, E, R>): Effect.Effect<A, E | TooBusy, R> =>
    Effect.suspend(() => {
      if (running >= concurrency && waiting >= queue) return Effect.delay(tooBusy, rejectionDelay)
      waiting++
      let isWaiting = true
      const leaveQueue = () => {
        if (isWaiting) waiting--
        isWaiting = false
      }
      const run = permits.withPermits(1)(
        Effect.suspend(() => {
          leaveQueue()
          running++
          return Effect.ensuring(
            read,
            Effect.sync(() => {
              running--
            })
          )
        })
      )
      const queueTimedOut = Effect.andThen(
        Effect.sleep(queueTimeout),
        Effect.suspend(() => (isWaiting ? tooBusy : Effect.never))
      )
      return Effect.ensuring(Effect.raceFirst(run, queueTimedOut), Effect.sync(leaveQueue))
    })
}

const scanTimeoutSeconds = 10
const progressScanTimeoutSeconds = 60

const withScanTimeout =
  (seconds: number) =>
  <A, E, R>(read: Effect.Effect<A, E, R>): Effect.Effect<A, E | ScanTooLong, R> =>
    Effect.timeoutOrElse(read, {
      duration: `${seconds} seconds`,
      orElse: () => Effect.fail(new ScanTooLong({ seconds }))
    })

type RunScan = <A, E, R>(read: Effect.Effect<A, E, R>) => Effect.Effect<A, E | TooBusy | ScanTooLong, R>

/** Keeps expensive reads from slowing down commands: limits how many run and wait in this process. */
export class Scans extends Context.Service<
  Scans,
  {
    /** Reads much of the log or of a bucket: two at once, eight wait, for 3 s. It ends after 10 s. */
    readonly long: RunScan
    /** The same for a caller that receives progress: it ends after a minute. */
    readonly withProgress: RunScan
    /** Reads at most some hundred rows or events: two at once, 64 wait, for 3 s. It ends after 10 s. */
    readonly short: RunScan
  }
>()("layers/monitoring/Scans") {
  static readonly layer = Layer.sync(Scans, () => {
    const long = bulkhead({ concurrency: 2, queue: 8, queueTimeout: "3 seconds" })
    const short = bulkhead({ concurrency: 2, queue: 64, queueTimeout: "3 seconds" })
    return {
      long: (read) => long(withScanTimeout(scanTimeoutSeconds)(read)),
      withProgress: (read) => long(withScanTimeout(progressScanTimeoutSeconds)(read)),
      short: (read) => short(withScanTimeout(scanTimeoutSeconds)(read))
    }
  })
}
