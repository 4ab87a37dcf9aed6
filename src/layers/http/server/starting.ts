import type { IncomingMessage, Server, ServerResponse } from "node:http"
import { documentOf } from "./malformedRequest.ts"

const starting = { code: "Starting", status: 503, detail: "The app is starting. Try again in a moment." }

/**
 * Answers what comes between the moment that the server listens and the moment that its routes are there: Node hands such
 * requests to nobody, and they would never be answered. Answers with what ends it.
 */
export const refuseWhileStarting = (server: Server): (() => void) => {
  let others = 0
  const refuse = (_: IncomingMessage, response: ServerResponse) => {
    if (server.listenerCount("request") > others) return
    const { body, headers } = documentOf(starting)
    response.writeHead(starting.status, { ...headers, "retry-after": "1", connection: "close" }).end(body)
  }
  server.on("request", refuse)
  others = server.listenerCount("request")
  return () => void server.off("request", refuse)
}
