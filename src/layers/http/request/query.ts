import { Result } from "effect"
import type { Wrong } from "#layers/http/problems/problemTypes.ts"

/** The parameters of a URL, as the router has them. */
export type Query = Readonly<Record<string, string | ReadonlyArray<string>>>

/** Reads all values of one parameter, or says what was expected. */
export type Reader<A> = (values: ReadonlyArray<string>) => Result.Result<A, ReadonlyArray<string>>

type Read<R extends Readonly<Record<string, Reader<any>>>> = {
  readonly [Name in keyof R]?: R[Name] extends Reader<infer A> ? A : never
}

/** Everything that is wrong with what was read. */
export const wrongsIn = <A>(read: Result.Result<A, ReadonlyArray<Wrong>>): ReadonlyArray<Wrong> =>
  Result.isFailure(read) ? read.failure : []

const valuesOf = (value: string | ReadonlyArray<string>) => (typeof value === "string" ? [value] : value)

/** Reads the parameters that a route knows, each by its reader; any other is wrong. */
export const queryReader =
  <const R extends Readonly<Record<string, Reader<any>>>>(readers: R) =>
  (query: Query): Result.Result<Read<R>, ReadonlyArray<Wrong>> => {
    const wrongs: Array<Wrong> = []
    const read: Record<string, unknown> = {}
    for (const [path, value] of Object.entries(query)) {
      const reader = Object.hasOwn(readers, path) ? readers[path] : undefined
      const result = reader ? reader(valuesOf(value)) : Result.fail(["Expected no such parameter"])
      if (Result.isSuccess(result)) read[path] = result.success
      else wrongs.push(...result.failure.map((message) => ({ path, message })))
    }
    return wrongs.length > 0 ? Result.fail(wrongs) : Result.succeed(read as Read<R>)
  }

/** Reads the query of a route that knows no parameters. */
export const noParameters = queryReader({})

/** Reads a parameter of the path. */
export const inPath = <A>(
  path: string,
  read: Reader<A>,
  value: string | undefined
): Result.Result<A, ReadonlyArray<Wrong>> =>
  Result.mapError(read([value ?? ""]), (messages) => messages.map((message) => ({ path, message })))

/** A parameter that may stand once. */
export const once =
  <A>(read: (value: string) => Result.Result<A, ReadonlyArray<string>>): Reader<A> =>
  (values) =>
    values.length === 1 ? read(values[0]!) : Result.fail(["Expected it once"])

const whole = (value: string): number => (/^(?:0|[1-9]\d{0,15})$/u.test(value) ? Number(value) : Number.NaN)

/** A whole number that is written in the one way there is; NaN if the text is none, or larger than a double counts. */
export const wholeNumber = (value: string): number => (Number.isSafeInteger(whole(value)) ? whole(value) : Number.NaN)

/** A position in the log. */
export const position: Reader<number> = once((value) =>
  Number.isSafeInteger(whole(value))
    ? Result.succeed(whole(value))
    : Result.fail(["Expected a position in the log: 0 or more"])
)

export const upTo = (most: number): Reader<number> =>
  once((value) =>
    whole(value) >= 1 && whole(value) <= most
      ? Result.succeed(whole(value))
      : Result.fail([`Expected a whole number from 1 to ${most}`])
  )

/** Any of these, once or several times. */
export const among =
  (names: ReadonlyArray<string>): Reader<ReadonlyArray<string>> =>
  (values) =>
    values.every((value) => names.includes(value))
      ? Result.succeed(values)
      : Result.fail([`Expected one of ${names.join(", ")}`])

export const flag: Reader<boolean> = once((value) =>
  value === "true" || value === "false" ? Result.succeed(value === "true") : Result.fail(["Expected true or false"])
)
