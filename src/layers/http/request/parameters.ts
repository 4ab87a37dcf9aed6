import { Result, Schema } from "effect"
import { describedString } from "./endpointSchemas.ts"
import { type ParamReader, singleValue, wholeNumber } from "./queryParams.ts"
import { ClientSuppliedId, isClientSuppliedId } from "./requestHeaders.ts"

/** A parameter of a path, a query or the headers: how the API describes it, and how its values are read. */
export interface Parameter<A = any, Required extends boolean = boolean> {
  readonly schema: Schema.Top
  readonly read: ParamReader<A>
  readonly isRequired: Required
}

export type Parameters = Readonly<Record<string, Parameter>>

/** An optional parameter. */
export const parameter = <A>(schema: Schema.Top, read: ParamReader<A>): Parameter<A, false> => ({
  schema,
  read,
  isRequired: false
})

export const required = <A>({ read, schema }: Parameter<A>): Parameter<A, true> => ({ schema, read, isRequired: true })

export const textParam = (description: string): Parameter<string, false> =>
  parameter(
    describedString(description),
    singleValue((value) => Result.succeed(value))
  )

/** Evaluated for every response with an ETag. */
export const ifNoneMatch = textParam("Respond with 304 if the content still has this ETag")

/** A position in the log. */
export const positionParam = (description: string): Parameter<number, false> =>
  parameter(
    Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ description }),
    singleValue((value) => {
      const position = wholeNumber(value)
      return Number.isNaN(position)
        ? Result.fail(["Expected a position in the log: 0 or more"])
        : Result.succeed(position)
    })
  )

/** The size of a page: from 1 to `max`. */
export const limitParam = (max: number): Parameter<number, false> =>
  parameter(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: max })),
    singleValue((value) => {
      const limit = wholeNumber(value)
      return limit >= 1 && limit <= max
        ? Result.succeed(limit)
        : Result.fail([`Expected a whole number from 1 to ${max}`])
    })
  )

/** Any of `names`; the parameter may be repeated. */
export const anyOfParam = (
  names: ReadonlyArray<string>,
  description: string
): Parameter<ReadonlyArray<string>, false> =>
  parameter(
    Schema.Array(Schema.Literals(names)).annotate({ description: `${description}; may be repeated` }),
    (values) =>
      values.every((value) => names.includes(value))
        ? Result.succeed(values)
        : Result.fail([`Expected one of ${names.join(", ")}`])
  )

export const correlationParam = (description: string): Parameter<string, false> =>
  parameter(
    ClientSuppliedId.annotate({ description }),
    singleValue((value) =>
      isClientSuppliedId(value) ? Result.succeed(value) : Result.fail(["Expected 1 to 128 visible ASCII characters"])
    )
  )
