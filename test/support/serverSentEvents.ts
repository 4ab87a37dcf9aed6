import { Effect, Queue } from "effect"

/** A received server-sent event; a comment has no name. */
export interface ServerSentEvent {
  readonly event: string | undefined
  /** The position in its id, before the name of the log. */
  readonly id: number | undefined
  readonly data: any
}

const parse = (text: string): ServerSentEvent => {
  const lines = text.split("\n").map((line) => line.split(/: ?(.*)/su))
  const field = (name: string) => lines.find(([field]) => field === name)?.[1]
  const id = field("id")
  const data = field("data")
  return {
    event: field("event"),
    id: id === undefined ? undefined : Number(id.split("@")[0]),
    data: data === undefined ? undefined : JSON.parse(data)
  }
}

/** Receives server-sent events, without comments, until the scope closes; the queue ends when the response does. */
export const listen = Effect.fnUntraced(function* (url: string, headers: Readonly<Record<string, string>> = {}) {
  const events = yield* Queue.make<ServerSentEvent, "ended">()
  const abort = yield* Effect.acquireRelease(
    Effect.sync(() => new AbortController()),
    (abort) => Effect.sync(() => abort.abort())
  )
  const response = yield* Effect.promise(() => fetch(url, { headers, signal: abort.signal }))
  const read = async () => {
    let text = ""
    const decoder = new TextDecoder()
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk, { stream: true })
      const parts = text.split("\n\n")
      text = parts.pop()!
      for (const part of parts) {
        const event = parse(part)
        if (event.event !== undefined) Queue.offerUnsafe(events, event)
      }
    }
  }
  void read()
    .catch(() => {})
    .then(() => Effect.runFork(Queue.fail(events, "ended")))
  return { response, events }
})
