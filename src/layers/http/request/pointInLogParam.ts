import { Result, Schema } from "effect"
import { parameter, type Parameter } from "./parameters.ts"
import { singleValue, wholeNumber } from "./queryParams.ts"

/** A state of the log: up to a position, or at an instant, in milliseconds since 1970. */
export type PointInLog = { readonly position: number } | { readonly instantMillis: number }

/** Date and time with a time zone, since a time without one is another instant for each reader. */
const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/u

const instantOf = (value: string): number =>
  // A plus sign that is not percent-encoded is a space in a query.
  instantPattern.test(value.replace(" ", "+")) ? Date.parse(value.replace(" ", "+")) : Number.NaN

const Position = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Instant = Schema.String.annotate({ format: "date-time" })

/** A position in the log, or an instant: `21`, `2022-12-12T10:00:00Z`. */
export const pointInLogParam = (description: string): Parameter<PointInLog, false> =>
  parameter(
    Schema.Union([Position, Instant]).annotate({ description }),
    singleValue((value): Result.Result<PointInLog, ReadonlyArray<string>> => {
      const position = wholeNumber(value)
      if (!Number.isNaN(position)) return Result.succeed({ position })
      const instantMillis = instantOf(value)
      return Number.isNaN(instantMillis)
        ? Result.fail(["Expected a position in the log, 0 or more, or an instant such as 2022-12-12T10:00:00Z"])
        : Result.succeed({ instantMillis })
    })
  )
