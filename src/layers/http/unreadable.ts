import type { IncomingMessage, ServerResponse } from "node:http"
import { STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import { Name } from "#domain/grammar/index.ts"
import { contentType } from "effect/http/ProblemDetails"
import { onEveryAnswer } from "./answer.ts"

interface Reason {
  readonly code: string
  readonly status: number
  readonly detail: string
}

const notHttp: Reason = { code: "UnreadableRequest", status: 400, detail: "This is not an HTTP request." }

const reasons: Readonly<Record<string, Reason>> = {
  HPE_HEADER_OVERFLOW: { code: "HeadersTooLarge", status: 431, detail: "The headers of a request have at most 8 KiB." },
  ERR_HTTP_REQUEST_TIMEOUT: { code: "RequestTooSlow", status: 408, detail: "The request took too long to arrive." }
}

const tunnel: Reason = { code: "MethodNotAllowed", status: 405, detail: "This server is no proxy." }

const expectation: Reason = {
  code: "ExpectationFailed",
  status: 417,
  detail: "Of all that a client may expect, 100-continue is known here."
}

/** A reason as a problem document, with the headers that every such answer has. */
export const documentOf = ({ code, detail, status }: Reason) => {
  const body = JSON.stringify({ type: "about:blank", title: Name.words(code), status, code, detail })
  return { body, headers: { ...onEveryAnswer, "content-type": contentType, "content-length": `${body.length}` } }
}

/** Milliseconds in which the client can read why its connection ends. */
const lingering = 1_000

const end = (socket: Duplex, reason: Reason, more: Readonly<Record<string, string>> = {}) => {
  const { body, headers } = documentOf(reason)
  const { status } = reason
  const lines = Object.entries({ ...headers, ...more, connection: "close" }).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "", body].join("\r\n"))
  // Node has let go of it, and the client may never close its side.
  setTimeout(() => socket.destroy(), lingering).unref()
}

/** What never becomes a request is answered with a problem too, where it still can be, and its connection closed. */
export const refuseUnreadable = (
  error: NodeJS.ErrnoException,
  socket: Duplex & { _httpMessage?: ServerResponse | null }
): void => {
  if (!socket.writable || error.code === "ECONNRESET" || socket._httpMessage?.headersSent) return void socket.destroy()
  end(socket, reasons[error.code ?? ""] ?? notHttp)
}

/** CONNECT: Node hands over the connection, with whatever errors it still has. */
export const refuseTunnel = (_: IncomingMessage, socket: Duplex): void => {
  socket.on("error", () => {})
  end(socket, tunnel, { allow: "GET, HEAD, OPTIONS, POST, PUT" })
}

/** An Expect header of something else than 100-continue. */
export const refuseExpectation = (_: IncomingMessage, response: ServerResponse): void => {
  const { body, headers } = documentOf(expectation)
  response.writeHead(expectation.status, headers).end(body)
}
