import type { ServerResponse } from "node:http"
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

/** What never becomes a request is answered with a problem too, where it still can be, and its connection closed. */
export const refuseUnreadable = (
  error: NodeJS.ErrnoException,
  socket: Duplex & { _httpMessage?: ServerResponse | null }
): void => {
  if (!socket.writable || error.code === "ECONNRESET" || socket._httpMessage?.headersSent) return void socket.destroy()
  const { code, status, detail } = reasons[error.code ?? ""] ?? notHttp
  const body = JSON.stringify({ type: "about:blank", title: Name.words(code), status, code, detail })
  const headers = { ...onEveryAnswer, "content-type": contentType, "content-length": body.length, connection: "close" }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "", body].join("\r\n"))
}
