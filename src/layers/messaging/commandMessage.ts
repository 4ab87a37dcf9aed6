import type { Msg } from "@nats-io/transport-node"
import { Effect, Result } from "effect"
import type { HttpServerResponse } from "effect/http"
import type { ArrivedCommand } from "#layers/http/commands/commandResponder.ts"
import { type FieldError, mediaTypes } from "#layers/http/problems/problemTypes.ts"
import { bodyText } from "#layers/http/request/requestBody.ts"
import { contentModeOf, type RequestHeaders } from "#layers/http/request/requestHeaders.ts"

/** The parts of a message that a command is read from. */
type CommandMessage = Pick<Msg, "data" | "headers">

/** All headers, with names in lower case. Repeated ones are joined as in HTTP, so that a repeated id is reported as invalid. */
const allHeaders = ({ headers }: CommandMessage): Record<string, string> => {
  const all = new Map<string, string>()
  for (const [name, values] of headers ?? []) {
    const lower = name.toLowerCase()
    all.set(lower, [...(all.has(lower) ? [all.get(lower)] : []), ...values].join(", "))
  }
  return Object.fromEntries(all)
}

const isCloudEvent = (text: string): boolean => {
  try {
    return Object.hasOwn(JSON.parse(text), "specversion")
  } catch {
    return false
  }
}

/**
 * The content type of a message that names none: CloudEvents 1.0.2 sends events without headers, and the CLI sends plain JSON.
 * Binary events have theirs in `ce-datacontenttype`.
 */
const inferContentType = (headers: RequestHeaders, text: string): string => {
  if (headers["ce-datacontenttype"] !== undefined) return headers["ce-datacontenttype"]
  const isBinary = Object.keys(headers).some((name) => name.startsWith("ce-"))
  return !isBinary && isCloudEvent(text) ? mediaTypes.cloudEvent : mediaTypes.json
}

/** The headers as HTTP has them: with a content type, and with the command id of a plain command under its name there. */
const toRequestHeaders = (message: CommandMessage, text: string): RequestHeaders => {
  const given = allHeaders(message)
  const { "ce-datacontenttype": dataContentType, ...others } = given
  const contentType = given["content-type"] ?? inferContentType(given, text)
  const headers = { ...(dataContentType === contentType ? others : given), "content-type": contentType }
  const commandId = given["idempotency-key"] ?? given["nats-msg-id"]
  return contentModeOf(headers) === "json" && commandId !== undefined
    ? { ...headers, "idempotency-key": commandId }
    : headers
}

const dryRunHeader = "dry-run"
const expectedBoolean: FieldError = { path: dryRunHeader, message: "Expected true or false" }

/** Limits of rejected commands count all clients of NATS as one: a message does not tell which connection sent it. */
const client = "NATS"

/** The command that a message carries; fails if its header `dry-run` is neither true nor false. */
export const arrivedCommand = (message: CommandMessage): Result.Result<ArrivedCommand, ReadonlyArray<FieldError>> => {
  const body = bodyText(message.data)
  const headers = toRequestHeaders(
    message,
    Result.getOrElse(body, () => "")
  )
  const dryRun = headers[dryRunHeader] ?? "false"
  if (dryRun !== "true" && dryRun !== "false") return Result.fail([expectedBoolean])
  return Result.succeed({ headers, body: Effect.fromResult(body), dryRun: dryRun === "true", client })
}

/** The answer to a command. */
export interface CommandReply {
  readonly data: Uint8Array
  readonly headers: Readonly<Record<string, string>>
  /** `409 RoomAlreadyBooked`; absent if the command succeeded. */
  readonly error?: string
}

/** Headers of a response that mean something without HTTP. */
const keptHeaders = ["etag", "x-correlation-id", "retry-after"]

/** The headers by which services of NATS tell an error: ADR-32. */
const [errorHeader, errorCodeHeader] = ["Nats-Service-Error", "Nats-Service-Error-Code"]

/** The same answer as over HTTP: its body, and of its headers those that mean something here. */
export const replyOf = ({ body, headers, status }: HttpServerResponse.HttpServerResponse): CommandReply => {
  const { body: data, contentType } =
    body._tag === "Uint8Array" ? body : { body: new Uint8Array(), contentType: mediaTypes.json }
  const kept: Record<string, string> = { "content-type": contentType }
  for (const name of keptHeaders) if (headers[name] !== undefined) kept[name] = headers[name]
  if (status < 400) return { data, headers: kept }
  const { code } = JSON.parse(new TextDecoder().decode(data)) as { readonly code: string }
  return { data, headers: { ...kept, [errorCodeHeader]: `${status}`, [errorHeader]: code }, error: `${status} ${code}` }
}

/**
 * Whether answers may be published to a reply subject. The app may write to the log, so a client that may not could name a
 * subject of the log there; inboxes begin with an underscore, and no stream should.
 */
export const isInbox = (reply: string): boolean => /^_[^\s*>]+$/u.test(reply)
