import { signal } from "@preact/signals"
import type { Counts, Seen } from "../../../src/layers/contract/eventSchema.ts"
import type { Rejected, Rejections } from "../../../src/layers/contract/rejectionsSchema.ts"
import { asProblem, noAnswer, type Problem } from "./http.ts"

/** How the stream of facts is: `back` says that it was lost and goes on where it was. */
export type Status = "connecting" | "live" | "lost" | "back"

export interface Listener {
  readonly fact: (fact: Seen) => void
  readonly counts?: (counts: Counts) => void
  readonly rejections?: (commands: Readonly<Record<string, Rejected>>) => void
}

/** Why the stream is lost, as far as that is known; nothing while it is not. */
export const outage = signal<Problem>()

/** What the server answers instead of a stream. A browser does not tell. */
const reasonOf = async (path: string): Promise<Problem | undefined> => {
  const over = new AbortController()
  try {
    const response = await fetch(path, { headers: { accept: "text/event-stream" }, signal: over.signal })
    return response.ok ? undefined : await asProblem(response)
  } catch {
    return noAnswer()
  } finally {
    over.abort()
  }
}

let known: string | undefined

/**
 * Takes note of the log that an answer is about. All that the page shows is of one log: once there is another one (a
 * restore, or a new run of a log in memory) the page is loaded again.
 */
export const isOfLog = (log: string): void => {
  if (known !== undefined && known !== log) location.reload()
  known ??= log
}

/** A position and the log that it counts in. */
export interface Place {
  readonly position: number
  readonly log: string
}

/** How long the page says that the stream is back. */
const backMillis = 6_000
const retryMillis = 1_000
const hiddenMillis = 20_000

/**
 * Listens to the facts behind a position, for as long as the page is open. The browser comes back by itself with
 * `Last-Event-ID`; where it gives up, because what it got was no stream, the last event's id is asked for again.
 */
export const listen = (after: Place, query: string, { fact, counts, rejections }: Listener) => {
  const status = signal<Status>("connecting")
  let { position } = after
  let id = `${position}@${after.log}`
  let wasLost = false
  let source: EventSource

  /** The browser does not come back by itself where the answer was no stream. */
  const giveUp = async (ended: EventSource, path: string) => {
    outage.value = await reasonOf(path)
    setTimeout(() => document.hidden || source !== ended || connect(), retryMillis)
  }

  const connect = () => {
    const path = `/events?after=${encodeURIComponent(id)}${query}`
    source = new EventSource(path)
    source.addEventListener("open", () => {
      outage.value = undefined
      status.value = wasLost ? "back" : "live"
      if (wasLost) setTimeout(() => status.value === "back" && (status.value = "live"), backMillis)
      wasLost = false
    })
    source.addEventListener("error", () => {
      wasLost = true
      status.value = "lost"
      if (source.readyState === EventSource.CLOSED) void giveUp(source, path)
      else outage.value = noAnswer()
    })
    source.addEventListener("fact", (event) => {
      const seen = JSON.parse(event.data) as Seen
      if (seen.position <= position) return
      position = seen.position
      id = event.lastEventId
      fact(seen)
    })
    source.addEventListener("counts", (event) => {
      const totals = JSON.parse(event.data) as Counts
      position = Math.max(position, totals.position)
      id = event.lastEventId
      counts?.(totals)
    })
    source.addEventListener("rejections", (event) => rejections?.((JSON.parse(event.data) as Rejections).commands))
    source.addEventListener("reset", () => location.reload())
  }
  connect()

  // A browser gives one server six connections: those who are not looked at give theirs back, and catch up later.
  let leaving: ReturnType<typeof setTimeout> | undefined
  document.addEventListener("visibilitychange", () => {
    clearTimeout(leaving)
    if (document.hidden) leaving = setTimeout(() => source.close(), hiddenMillis)
    else if (source.readyState === EventSource.CLOSED) connect()
  })
  return status
}
