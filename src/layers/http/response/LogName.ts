import { Context, Effect, Layer, Result, Schedule } from "effect"
import { describedString } from "#layers/http/request/endpointSchemas.ts"
import { parameter } from "#layers/http/request/parameters.ts"
import { singleValue, type ParamReader, wholeNumber } from "#layers/http/request/queryParams.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { digest } from "#layers/services/Ids.ts"

/**
 * A position from a client; without the name of its log if an older version sent it, or the client wrote it by hand.
 */
export interface LogPosition {
  readonly position: number
  readonly log: string | undefined
}

const separator = "@"
const nameLength = 12

/** Reads `25@Zk3x9PqLw0aB` or `25`. */
const logPosition: ParamReader<LogPosition> = singleValue((value) => {
  const [digits = "", log, ...more] = value.split(separator)
  const position = wholeNumber(digits)
  return Number.isNaN(position) || log === "" || more.length > 0
    ? Result.fail(["Expected a position in the log, 0 or more, or one with the name of its log, as an event's id is"])
    : Result.succeed({ position, log })
})

export const logPositionParam = (description: string) => parameter(describedString(description), logPosition)

/**
 * A short name of the log's history, for positions that leave the process. After a restore, or in the next run of a log
 * in memory, the number alone would be the position of another event: an old ETag would match another body.
 */
export class LogName extends Context.Service<
  LogName,
  {
    readonly current: () => string
    /** `25@Zk3x9PqLw0aB` */
    readonly eventId: (position: number) => string
    /**
     * `"25@Zk3x9PqLw0aB"`; for a read model with its version, since another version may project the same events
     * differently, and with the number of its dead letters: `"25@Zk3x9PqLw0aB/v1-2"`.
     */
    readonly etag: (position: number, version?: number, deadLetterCount?: number) => string
  }
>()("layers/http/LogName") {
  /** Reads the name once a second, so that no request has to: a log can be replaced while the app runs. */
  static readonly layer = Layer.effect(
    LogName,
    Effect.gen(function* () {
      const log = yield* EventLog
      const readName = Effect.map(log.history, (history) => digest(history).slice(0, nameLength))
      let name = yield* Effect.retry(readName, Schedule.spaced("250 millis"))
      yield* readName.pipe(
        Effect.map((fresh) => void (name = fresh)),
        // During an outage the last known name stays in use.
        Effect.ignore,
        Effect.repeat(Schedule.spaced("1 second")),
        Effect.forkScoped
      )
      const eventId = (position: number) => `${position}${separator}${name}`
      const etag = (position: number, version?: number, deadLetterCount = 0) =>
        `"${eventId(position)}${version === undefined ? "" : `/v${version}`}${deadLetterCount > 0 ? `-${deadLetterCount}` : ""}"`
      return { current: () => name, eventId, etag }
    })
  )
}
