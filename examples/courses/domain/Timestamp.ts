import { DateTime, Duration, Schema } from "effect"

/** When an event happened, as ISO 8601 in UTC: rules with time compare it with the time of the command. */
export const Timestamp = Schema.String.check(
  Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/u, {
    message: "Expected a time in UTC, such as 2026-03-01T12:00:00.000Z"
  })
).annotate({ identifier: "Timestamp", format: "date-time" })
export type Timestamp = typeof Timestamp.Type

export const timestampOf = (now: DateTime.Utc): Timestamp => DateTime.formatIso(now)

/** Whether at most this duration has passed since a time. */
export const isWithin = (limit: Duration.Input, since: Timestamp, now: DateTime.Utc): boolean =>
  now.epochMilliseconds - DateTime.makeUnsafe(since).epochMilliseconds <= Duration.toMillis(limit)
