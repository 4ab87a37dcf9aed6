import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http"
import type { Duplex } from "node:stream"
import { HttpServerResponse } from "effect/http"
import { contentType } from "effect/http/ProblemDetails"
import { commonHeaders } from "#layers/http/response/responses.ts"

/** Bytes that the target and the headers of a request may have. */
export const maxRequestHeadBytes = 8_192

/** Why a request is refused before it is one for a route. Its problem has no type of its own: the status says it all. */
export interface ProtocolError {
  readonly code: string
  readonly status: number
  readonly detail: string
}

const methodUnknown: ProtocolError = {
  code: "MethodNotImplemented",
  status: 501,
  detail: "That method is not known here. Methods are written in upper case."
}

const uriTooLong: ProtocolError = {
  code: "UriTooLong",
  status: 414,
  detail: "A URL and the headers have at most 8 KiB together."
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

/** What Node says of a request that it cannot read. */
interface ClientError extends NodeJS.ErrnoException {
  /** In the words of its parser. */
  readonly reason?: string
  /** What arrived last. */
  readonly rawPacket?: Buffer
}

const requestLine = /^[!#$%&'*+.^_`|~\w-]+ \S+ HTTP\/1\.[01]\r?\n/u
const endlessTarget = /^[A-Z-]+ [^\s]+$/u

/** Of an error that Node has one code for, what the packet tells besides, if the request began in it. */
const protocolErrorOf = ({ code = "", rawPacket, reason }: ClientError): ProtocolError => {
  const packet = rawPacket?.toString("latin1") ?? ""
  if (code === "HPE_INVALID_METHOD" && requestLine.test(packet)) return methodUnknown
  if (code === "HPE_HEADER_OVERFLOW" && endlessTarget.test(packet.slice(0, maxRequestHeadBytes))) return uriTooLong
  const why = reason === undefined ? "" : `: ${reason}`
  return (
    protocolErrors[code] ?? { code: "UnreadableRequest", status: 400, detail: `This is not an HTTP/1.1 request${why}.` }
  )
}

const tunnelNotSupported: ProtocolError = { code: "MethodNotAllowed", status: 405, detail: "This server is no proxy." }

const expectationFailed: ProtocolError = {
  code: "ExpectationFailed",
  status: 417,
  detail: "Of all that a client may expect, 100-continue is known here."
}

/** A reason as a problem document, with the headers that every such answer has. */
export const problemDocumentOf = ({ code, detail, status }: ProtocolError) => {
  const body = JSON.stringify({ type: "about:blank", title: STATUS_CODES[status], status, code, detail })
  const length = Buffer.byteLength(body)
  return { body, headers: { ...commonHeaders, "content-type": contentType, "content-length": `${length}` } }
}

/** The same as an answer of a route. */
export const protocolErrorResponse = (reason: ProtocolError, headers: Readonly<Record<string, string>> = {}) =>
  HttpServerResponse.text(problemDocumentOf(reason).body, {
    status: reason.status,
    contentType,
    headers: { ...commonHeaders, ...headers }
  })

/** Milliseconds in which the client can read why its connection ends. */
const lingerMillis = 1_000

const endConnection = (socket: Duplex, reason: ProtocolError, extraHeaders: Readonly<Record<string, string>> = {}) => {
  const { body, headers } = problemDocumentOf(reason)
  const { status } = reason
  const date = new Date().toUTCString()
  const lines = Object.entries({ ...headers, ...extraHeaders, date, connection: "close" }).map(
    ([name, value]) => `${name}: ${value}`
  )
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "", body].join("\r\n"))
  // Node has let go of it, and the client may never close its side.
  setTimeout(() => socket.destroy(), lingerMillis).unref()
}

/** What never becomes a request is answered with a problem too, where it still can be, and its connection closed. */
export const rejectMalformedRequest = (
  error: ClientError,
  socket: Duplex & { _httpMessage?: ServerResponse | null }
): void => {
  if (!socket.writable || error.code === "ECONNRESET" || socket._httpMessage?.headersSent) return void socket.destroy()
  endConnection(socket, protocolErrorOf(error))
}

/** CONNECT: Node hands over the connection, with whatever errors it still has. */
export const rejectTunnel = (_: IncomingMessage, socket: Duplex): void => {
  socket.on("error", () => {})
  endConnection(socket, tunnelNotSupported, { allow: "GET, HEAD, OPTIONS, POST, PUT" })
}

/** An Expect header of something else than 100-continue. An empty one expects nothing. */
export const rejectExpectation = function (this: Server, request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect?.trim() === "") return void this.emit("request", request, response)
  const { body, headers } = problemDocumentOf(expectationFailed)
  response.writeHead(expectationFailed.status, headers).end(body)
}
