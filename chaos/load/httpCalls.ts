import type { CommandRequest, RowRead, Outcome } from "../history.ts"

/** Longer than the maximum duration of a call, so that the checker sees a call that exceeds it. */
const requestTimeoutMillis = 30_000

const errorMessage = (error: unknown): string => {
  const { cause, name, message } = error as Error & { readonly cause?: NodeJS.ErrnoException }
  return (
    cause?.code ??
    (name === "TimeoutError" ? `no answer in ${requestTimeoutMillis / 1000} s` : (cause?.message ?? message))
  )
}

const parseJson = (text: string): any => {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

const retryAfterOf = ({ headers }: Response) => {
  const seconds = Number(headers.get("retry-after"))
  return headers.has("retry-after") && Number.isFinite(seconds) ? seconds : undefined
}

const unavailable = (response: Response, body: any) => ({
  is: "unavailable" as const,
  code: String(body.code ?? ""),
  retryAfter: retryAfterOf(response)
})

const unexpected = ({ status }: Response, text: string) => ({ is: "wrong" as const, status, body: text.slice(0, 500) })

/** Sends a command once with its id to its endpoint. Never fails: errors are outcomes. */
export const send = async (url: string, { input, key }: Pick<CommandRequest, "input" | "key">): Promise<Outcome> => {
  try {
    const response = await fetch(url, {
      method: "PUT",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify({ data: input }),
      signal: AbortSignal.timeout(requestTimeoutMillis)
    })
    const text = await response.text()
    const body = parseJson(text)
    switch (response.status) {
      case 200:
      case 201:
        return {
          is: "done",
          seq: body.seq,
          duplicate: body.duplicate,
          facts: body.facts.map(({ id, type, position }: any) => ({ id, type, position }))
        }
      case 409:
        return { is: "refused", code: body.code }
      case 503:
        return unavailable(response, body)
      // Node answers so to a request that it had not read while the app was frozen; no other 408 is allowed.
      case 408:
        return { is: "unknown", reason: "408" }
      default:
        return unexpected(response, text)
    }
  } catch (error) {
    return { is: "unknown", reason: errorMessage(error) }
  }
}

/** Reads a row once, at least as new as a position of the log. */
export const readRow = async (url: string, path: string, after: number): Promise<RowRead["outcome"]> => {
  try {
    const response = await fetch(`${url}${path}?after=${after}`, { signal: AbortSignal.timeout(requestTimeoutMillis) })
    const text = await response.text()
    const body = parseJson(text)
    if (response.status === 200) return { is: "row", position: body.position ?? 0 }
    if (response.status === 408) return { is: "unknown", reason: "408" }
    return response.status === 503 ? unavailable(response, body) : unexpected(response, text)
  } catch (error) {
    return { is: "unknown", reason: errorMessage(error) }
  }
}
