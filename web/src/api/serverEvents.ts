import { signal } from "@preact/signals"
import type { Counts, EventView } from "../../../src/layers/contract/eventSchema.ts"
import type { CommandRejections, Rejections } from "../../../src/layers/contract/rejectionsSchema.ts"
import { asProblem, noAnswer, type Problem } from "./http.ts"

/** How the stream of facts is: `back` says that it was lost and goes on where it was. */
export type Status = "connecting" | "live" | "lost" | "back"

export interface Listener {
  readonly onEvent: (onEvent: EventView) => void
  readonly onCounts?: (onCounts: Counts) => void
  readonly onRejections?: (commands: Readonly<Record<string, CommandRejections>>) => void
}

/** Why the stream is lost, as far as that is known; nothing while it is not. */
export const outage = signal<Problem>()

/** What the server answers instead of a stream. A browser does not tell. */
const outageReason = async (path: string): Promise<Problem | undefined> => {
  const abort = new AbortController()
  try {
    const response = await fetch(path, { headers: { accept: "text/event-stream" }, signal: abort.signal })
    return response.ok ? undefined : await asProblem(response)
  } catch {
    return noAnswer()
  } finally {
    abort.abort()
  }
}

let knownLog: string | undefined

/**
 * Takes note of the log that an answer is about. All that the page shows is of one log: once there is another one (a
 * restore, or a new run of a log in memory) the page is loaded again.
 */
export const reloadOnOtherLog = (log: string): void => {
  if (knownLog !== undefined && knownLog !== log) location.reload()
  knownLog ??= log
}

/** A position and the log that it counts in. */
export interface LogPosition {
  readonly position: number
  readonly log: string
}

/** How long the page says that the stream is back. */
const backNoticeMillis = 6_000
const retryMillis = 1_000
const closeHiddenAfterMillis = 20_000

/**
 * Listens to the facts behind a position, for as long as the page is open. The browser comes back by itself with
 * `Last-Event-ID`; where it gives up, because what it got was no stream, the last event's id is asked for again.
 */
export const listen = (after: LogPosition, query: string, { onEvent, onCounts, onRejections }: Listener) => {
  const status = signal<Status>("connecting")
  let { position } = after
  let id = `${position}@${after.log}`
  let wasLost = false
  let source: EventSource

  /** The browser does not come back by itself where the answer was no stream. */
  const retryLater = async (ended: EventSource, path: string) => {
    outage.value = await outageReason(path)
    setTimeout(() => document.hidden || source !== ended || connect(), retryMillis)
  }

  const connect = () => {
    const path = `/events?after=${encodeURIComponent(id)}${query}`
    source = new EventSource(path)
    source.addEventListener("open", () => {
      outage.value = undefined
      status.value = wasLost ? "back" : "live"
      if (wasLost) setTimeout(() => status.value === "back" && (status.value = "live"), backNoticeMillis)
      wasLost = false
    })
    source.addEventListener("error", () => {
      wasLost = true
      status.value = "lost"
      if (source.readyState === EventSource.CLOSED) void retryLater(source, path)
      else outage.value = noAnswer()
    })
    source.addEventListener("fact", (event) => {
      const logEvent = JSON.parse(event.data) as EventView
      if (logEvent.position <= position) return
      position = logEvent.position
      id = event.lastEventId
      onEvent(logEvent)
    })
    source.addEventListener("counts", (event) => {
      const totals = JSON.parse(event.data) as Counts
      position = Math.max(position, totals.position)
      id = event.lastEventId
      onCounts?.(totals)
    })
    source.addEventListener("rejections", (event) => onRejections?.((JSON.parse(event.data) as Rejections).commands))
    source.addEventListener("reset", () => location.reload())
  }
  connect()

  // A browser gives one server six connections: those who are not looked at give theirs back, and catch up later.
  let closeTimer: ReturnType<typeof setTimeout> | undefined
  document.addEventListener("visibilitychange", () => {
    clearTimeout(closeTimer)
    if (document.hidden) closeTimer = setTimeout(() => source.close(), closeHiddenAfterMillis)
    else if (source.readyState === EventSource.CLOSED) connect()
  })
  return status
}
