import { Result } from "effect"
import type { FieldError } from "#layers/http/problems/problemTypes.ts"

/** The parameters of a URL, as the router provides them. */
export type Query = Readonly<Record<string, string | ReadonlyArray<string>>>

/**
 * Reads all values of one parameter; fails with messages that say what was expected. `isToken` is whether the value of a
 * key field is marked as a subject token, which the decoded text does not show.
 */
export type ParamReader<A> = (
  values: ReadonlyArray<string>,
  isToken?: boolean
) => Result.Result<A, ReadonlyArray<string>>

type ReadParams<R extends Readonly<Record<string, ParamReader<any>>>> = {
  readonly [Name in keyof R]?: R[Name] extends ParamReader<infer A> ? A : never
}

/** The validation errors of a failed read; none of a successful one. */
export const validationErrorsIn = <A>(read: Result.Result<A, ReadonlyArray<FieldError>>): ReadonlyArray<FieldError> =>
  Result.isFailure(read) ? read.failure : []

const valuesOf = (value: string | ReadonlyArray<string>) => (typeof value === "string" ? [value] : value)

const noTokens: ReadonlySet<string> = new Set()

/** Reads the parameters of a route, each by its reader; any other parameter is an error. */
export const queryReader =
  <const R extends Readonly<Record<string, ParamReader<any>>>>(readers: R) =>
  (query: Query, tokens = noTokens): Result.Result<ReadParams<R>, ReadonlyArray<FieldError>> => {
    const validationErrors: Array<FieldError> = []
    const read: Record<string, unknown> = {}
    for (const [path, value] of Object.entries(query)) {
      const reader = Object.hasOwn(readers, path) ? readers[path] : undefined
      const result = reader ? reader(valuesOf(value), tokens.has(path)) : Result.fail(["Expected no such parameter"])
      if (Result.isSuccess(result)) read[path] = result.success
      else validationErrors.push(...result.failure.map((message) => ({ path, message })))
    }
    return validationErrors.length > 0 ? Result.fail(validationErrors) : Result.succeed(read as ReadParams<R>)
  }

/** A parameter that must not be repeated. */
export const singleValue =
  <A>(read: (value: string, isToken: boolean) => Result.Result<A, ReadonlyArray<string>>): ParamReader<A> =>
  (values, isToken = false) =>
    values.length === 1 ? read(values[0]!, isToken) : Result.fail(["Expected it once"])

const parseDigits = (value: string): number => (/^(?:0|[1-9]\d{0,15})$/u.test(value) ? Number(value) : Number.NaN)

/** A whole number in canonical form; NaN for any other text, and for numbers above `Number.MAX_SAFE_INTEGER`. */
export const wholeNumber = (value: string): number =>
  Number.isSafeInteger(parseDigits(value)) ? parseDigits(value) : Number.NaN

export const booleanParam: ParamReader<boolean> = singleValue((value) =>
  value === "true" || value === "false" ? Result.succeed(value === "true") : Result.fail(["Expected true or false"])
)
