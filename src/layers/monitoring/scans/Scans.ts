import { Context, Data, type Duration, Effect, Layer, Semaphore } from "effect"

/** As many reads of this kind run as may, and as many wait. Nothing was read. */
export class TooBusy extends Data.TaggedError("TooBusy")<{ readonly running: number; readonly waiting: number }> {
  override get message() {
    return (
      `${this.running} expensive reads run and ${this.waiting} wait, which is all that this process does beside its commands. ` +
      "Try again after a pause, or ask for less: a page, a narrower key, a single row."
    )
  }
}

/** A read took longer than it may. What it had read is dropped. */
export class ScanTooLong extends Data.TaggedError("ScanTooLong")<{ readonly seconds: number }> {
  override get message() {
    return (
      `It was not read within ${this.seconds} s. Ask for less: fewer rows, an earlier position, a page; ` +
      "or for rows as of a position with Accept: text/event-stream, which may take a minute."
    )
  }
}

export interface BulkheadOptions {
  readonly concurrency: number
  /** How many wait at the most. */
  readonly queue: number
  /** How long one waits. */
  readonly queueTimeout: Duration.Input
}

/** A refusal is answered after a pause, so that a client that asks again at once cannot keep the process busy. */
const rejectionDelay = "200 millis"

/** So many at once, a short queue, and `TooBusy` for all others. Who is interrupted leaves at once, from wherever. */
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

/** Seconds that a scan may take, and one whose caller hears of its progress. */
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

/** Keeps expensive reads from commands: in one process so many run at once, others wait shortly or are refused. */
export class Scans extends Context.Service<
  Scans,
  {
    /** Reads much of the log or of a bucket: two at once, eight wait, for 3 s. It ends after 10 s. */
    readonly long: RunScan
    /** The same for a caller who hears of its progress: it ends after a minute. */
    readonly withProgress: RunScan
    /** Reads at most some hundred rows or events: two at once, 64 wait, for 3 s. It ends after 10 s. */
    readonly short: RunScan
  }
>()("layers/watch/Scans") {
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
