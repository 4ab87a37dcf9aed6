import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import { HttpServerResponse } from "effect/http"
import { contentType } from "effect/http/ProblemDetails"
import { commonHeaders } from "#layers/http/response/responses.ts"

/** The limit of a request's target and headers together. */
export const maxRequestHeadBytes = 8_192

/**
 * Why a request is rejected before routing. Its problem has no type of its own (`about:blank`): the status is enough.
 */
interface ProtocolError {
  readonly code: string
  readonly status: number
  readonly detail: string
}

const methodUnknown: ProtocolError = {
  code: "MethodNotImplemented",
  status: 501,
  detail: "This server does not implement that method. Methods are written in upper case."
}

const uriTooLong: ProtocolError = {
  code: "UriTooLong",
  status: 414,
  detail: "The URL and the headers of a request have at most 8 KiB together."
}

const protocolErrors: Readonly<Record<string, ProtocolError>> = {
  HPE_HEADER_OVERFLOW: { code: "HeadersTooLarge", status: 431, detail: "The headers of a request have at most 8 KiB." },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    code: "ChunkExtensionsTooLarge",
    status: 413,
    detail: "The extensions of a chunk have at most 16 KiB."
  },
  ERR_HTTP_REQUEST_TIMEOUT: { code: "RequestTooSlow", status: 408, detail: "The request took too long to arrive." }
}

/** Node's error for a request that it cannot parse. */
interface ClientError extends NodeJS.ErrnoException {
  /** The message of Node's parser. */
  readonly reason?: string
  /** The bytes that arrived last. */
  readonly rawPacket?: Buffer
}

const requestLine = /^[!#$%&'*+.^_`|~\w-]+ \S+ HTTP\/1\.[01]\r?\n/u
const endlessTarget = /^[A-Z-]+ [^\s]+$/u

/** Node has one code for several errors; the packet tells them apart, if the request began in it. */
const protocolErrorOf = ({ code = "", rawPacket, reason }: ClientError): ProtocolError => {
  const packet = rawPacket?.toString("latin1") ?? ""
  if (code === "HPE_INVALID_METHOD" && requestLine.test(packet)) return methodUnknown
  if (code === "HPE_HEADER_OVERFLOW" && endlessTarget.test(packet.slice(0, maxRequestHeadBytes))) return uriTooLong
  const why = reason === undefined ? "" : `: ${reason}`
  return (
    protocolErrors[code] ?? { code: "UnreadableRequest", status: 400, detail: `This is not an HTTP/1.1 request${why}.` }
  )
}

const tunnelNotSupported: ProtocolError = {
  code: "MethodNotAllowed",
  status: 405,
  detail: "This server is not a proxy."
}

const expectationFailed: ProtocolError = {
  code: "ExpectationFailed",
  status: 417,
  detail: "The only expectation that this server supports is 100-continue."
}

/** An error as a problem document, with the headers of its response. */
export const problemDocumentOf = ({ code, detail, status }: ProtocolError) => {
  const body = JSON.stringify({ type: "about:blank", title: STATUS_CODES[status], status, code, detail })
  const length = Buffer.byteLength(body)
  return { body, headers: { ...commonHeaders, "content-type": contentType, "content-length": `${length}` } }
}

/** The same as the response of a route. */
export const protocolErrorResponse = (reason: ProtocolError, headers: Readonly<Record<string, string>> = {}) =>
  HttpServerResponse.text(problemDocumentOf(reason).body, {
    status: reason.status,
    contentType,
    headers: { ...commonHeaders, ...headers }
  })

/** How long the client has to read why its connection ends. */
const lingerMillis = 1_000

const endConnection = (socket: Duplex, reason: ProtocolError, extraHeaders: Readonly<Record<string, string>> = {}) => {
  const { body, headers } = problemDocumentOf(reason)
  const { status } = reason
  const date = new Date().toUTCString()
  const lines = Object.entries({ ...headers, ...extraHeaders, date, connection: "close" }).map(
    ([name, value]) => `${name}: ${value}`
  )
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "", body].join("\r\n"))
  // Node no longer manages this socket, and the client may never close its side.
  setTimeout(() => socket.destroy(), lingerMillis).unref()
}

/**
 * Answers a request that cannot be parsed with a problem, where a response is still possible, and closes its
 * connection.
 */
export const rejectMalformedRequest = (
  error: ClientError,
  socket: Duplex & { _httpMessage?: ServerResponse | null }
): void => {
  if (!socket.writable || error.code === "ECONNRESET" || socket._httpMessage?.headersSent) return void socket.destroy()
  endConnection(socket, protocolErrorOf(error))
}

/** Rejects CONNECT. Node leaves the socket to this listener, its later errors included. */
export const rejectTunnel = (_: IncomingMessage, socket: Duplex): void => {
  socket.on("error", () => {})
  endConnection(socket, tunnelNotSupported, { allow: "GET, HEAD, OPTIONS, POST, PUT" })
}

/** Rejects an Expect header with anything but 100-continue. An empty one is ignored. */
export const rejectExpectation = function (this: Server, request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect?.trim() === "") return void this.emit("request", request, response)
  const { body, headers } = problemDocumentOf(expectationFailed)
  response.writeHead(expectationFailed.status, headers).end(body)
}
