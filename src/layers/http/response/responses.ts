import { Headers, HttpServerResponse } from "effect/http"
import { contentType as problemType } from "effect/http/ProblemDetails"
import { Name } from "#domain/model/index.ts"
import { type ProblemType, typeUriOf } from "#layers/http/problems/problemTypes.ts"

/** Headers of every response that is not static: it must not be cached. */
export const commonHeaders = Headers.fromInput({ "cache-control": "no-store", "x-content-type-options": "nosniff" })

const textResponse = (status: number, contentType: string, body: string, headers: Readonly<Record<string, string>>) =>
  HttpServerResponse.text(body, { status, contentType, headers: Headers.setAll(commonHeaders, headers) })

/** A JSON response; `body` is encoded already. */
export const jsonResponse = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  textResponse(status, "application/json", JSON.stringify(body), headers)

/** A response without a body: 204 or 304. */
export const emptyResponse = (status: number, headers: Readonly<Record<string, string>> = {}) =>
  HttpServerResponse.empty({ status, headers: Headers.setAll(commonHeaders, headers) })

export interface ProblemOptions {
  readonly detail?: string | undefined
  readonly correlationId?: string | undefined
  /** The additional fields of this problem type, encoded. */
  readonly fields?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** A problem document (RFC 9457). */
export const problemResponse = (
  { code, status, description, headers }: ProblemType,
  { detail = description, correlationId, fields, headers: extraHeaders }: ProblemOptions = {}
) =>
  textResponse(
    status,
    problemType,
    JSON.stringify({
      type: typeUriOf(code),
      title: Name.toTitle(code),
      status,
      code,
      detail,
      correlationId,
      ...fields
    }),
    { ...headers, ...extraHeaders, ...(correlationId !== undefined && { "x-correlation-id": correlationId }) }
  )
