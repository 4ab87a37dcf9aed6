import { Headers, HttpServerResponse } from "effect/http"
import { contentType as problemType } from "effect/http/ProblemDetails"
import { Name } from "#domain/model/index.ts"
import { type Kind, typeOf } from "#layers/http/problems/problemTypes.ts"

/** On every answer: what it says is for now, and for whoever asked. */
export const onEveryAnswer = Headers.fromInput({ "cache-control": "no-store", "x-content-type-options": "nosniff" })

const write = (status: number, contentType: string, body: string, headers: Readonly<Record<string, string>>) =>
  HttpServerResponse.text(body, { status, contentType, headers: Headers.setAll(onEveryAnswer, headers) })

/** JSON as it is: the caller has encoded it. */
export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  write(status, "application/json", JSON.stringify(body), headers)

/** No body at all: 204 or 304. */
export const empty = (status: number, headers: Readonly<Record<string, string>> = {}) =>
  HttpServerResponse.empty({ status, headers: Headers.setAll(onEveryAnswer, headers) })

export interface About {
  readonly detail?: string | undefined
  readonly correlationId?: string | undefined
  /** What this kind of problem says besides, encoded. */
  readonly fields?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** A problem document (RFC 9457). */
export const problem = (
  { code, status, description, headers }: Kind,
  { detail = description, correlationId, fields, headers: more }: About = {}
) =>
  write(
    status,
    problemType,
    JSON.stringify({ type: typeOf(code), title: Name.words(code), status, code, detail, correlationId, ...fields }),
    { ...headers, ...more, ...(correlationId !== undefined && { "x-correlation-id": correlationId }) }
  )
