import type { IncomingMessage, Server, ServerResponse } from "node:http"
import { problemDocumentOf } from "./malformedRequest.ts"

const startingProblem = { code: "Starting", status: 503, detail: "The app is starting. Try again in a moment." }

/**
 * Answers 503 from when the server listens until its routes are added; without a listener, Node would leave such
 * requests unanswered. Returns a function that stops it.
 */
export const rejectWhileStarting = (server: Server): (() => void) => {
  let initialListeners = 0
  const reject = (_: IncomingMessage, response: ServerResponse) => {
    if (server.listenerCount("request") > initialListeners) return
    const { body, headers } = problemDocumentOf(startingProblem)
    response.writeHead(startingProblem.status, { ...headers, "retry-after": "1", connection: "close" }).end(body)
  }
  server.on("request", reject)
  initialListeners = server.listenerCount("request")
  return () => void server.off("request", reject)
}
