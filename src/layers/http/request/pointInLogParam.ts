import { Result, Schema } from "effect"
import { parameter, type Parameter, positionParam } from "./parameters.ts"
import { singleValue } from "./queryParams.ts"

/** A state of the log: up to a position, or at an instant, in milliseconds since 1970. */
export type PointInLog = { readonly position: number } | { readonly instantMillis: number }

/** Date and time with a time zone, since a time without one is another instant for each reader. */
const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/u

const instantOf = (text: string): number => {
  // A plus sign that is not percent-encoded is a space in a query.
  const instant = text.replace(" ", "+")
  return instantPattern.test(instant) ? Date.parse(instant) : Number.NaN
}

const Instant = Schema.String.annotate({ format: "date-time" })

/** A position in the log, or an instant: `21`, `2022-12-12T10:00:00Z`. */
export const pointInLogParam = (description: string): Parameter<PointInLog, false> => {
  const position = positionParam(description)
  const readInstant = singleValue((text): Result.Result<PointInLog, ReadonlyArray<string>> => {
    const instantMillis = instantOf(text)
    return Number.isNaN(instantMillis)
      ? Result.fail(["Expected a position in the log, 0 or more, or an instant such as 2022-12-12T10:00:00Z"])
      : Result.succeed({ instantMillis })
  })
  return parameter(Schema.Union([position.schema, Instant]).annotate({ description }), (values) => {
    const found = position.read(values)
    return Result.isSuccess(found) ? Result.succeed({ position: found.success }) : readInstant(values)
  })
}
