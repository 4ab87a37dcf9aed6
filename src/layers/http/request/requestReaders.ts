import { Result } from "effect"
import type { FieldError } from "#layers/http/problems/problemTypes.ts"
import { tokenParamsInPath, tokenParamsInQuery } from "./keyParams.ts"
import type { Parameters } from "./parameters.ts"
import { type Query, queryReader, validationErrorsIn } from "./queryParams.ts"
import type { RequestHeaders } from "./requestHeaders.ts"

type Read = Result.Result<Readonly<Record<string, unknown>>, ReadonlyArray<FieldError>>

const readersOf = (parameters: Parameters) =>
  Object.fromEntries(Object.entries(parameters).map(([name, { read }]) => [name, read]))

/** Reads the parameters of a path, from the router's, and from the undecoded URL that they were taken from. */
export const pathReader = (path: string, parameters: Parameters) => {
  const read = queryReader(readersOf(parameters))
  const names = Object.keys(parameters)
  return (params: Readonly<Record<string, string | undefined>>, url: string): Read => {
    const tokens = tokenParamsInPath(path, url)
    return read(
      Object.fromEntries(names.map((name) => [name, tokens.get(name) ?? params[name] ?? ""])),
      new Set(tokens.keys())
    )
  }
}

/** Reads the parameters of a query: undeclared ones and missing required ones are errors. */
export const requiredQueryReader = (parameters: Parameters) => {
  const read = queryReader(readersOf(parameters))
  const required = Object.keys(parameters).filter((name) => parameters[name]!.isRequired)
  return (query: Query, url: string): Read => {
    const missing = required
      .filter((name) => query[name] === undefined)
      .map((path) => ({ path, message: "Expected a value, got none" }))
    const found = read(query, tokenParamsInQuery(url))
    return missing.length === 0 ? found : Result.fail([...missing, ...validationErrorsIn(found)])
  }
}

/** Reads the declared headers of a request; an empty one counts as absent. */
export const headerReader = (parameters: Parameters) => {
  const read = queryReader(readersOf(parameters))
  const names = Object.keys(parameters)
  return (headers: RequestHeaders): Read =>
    read(Object.fromEntries(names.flatMap((name) => (headers[name] ? [[name, headers[name]] as const] : []))))
}
