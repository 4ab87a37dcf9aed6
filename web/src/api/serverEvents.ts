import { signal } from "@preact/signals"
import type { Counts, EventView } from "../../../src/layers/contract/eventSchema.ts"
import type { CommandRejections, Rejections } from "../../../src/layers/contract/rejectionsSchema.ts"
import { asProblem, noAnswer, type Problem, signInIfNeeded } from "./httpClient.ts"

/** The state of the event feed. `back`: the connection was lost, and the feed continues where it stopped. */
export type Status = "connecting" | "live" | "lost" | "back"

export interface Listener {
  readonly onEvent: (onEvent: EventView) => void
  readonly onCounts?: (onCounts: Counts) => void
  readonly onRejections?: (commands: Readonly<Record<string, CommandRejections>>) => void
}

/** Why the feed is lost, if known; undefined while it is not lost. */
export const outage = signal<Problem>()

/** Requests the feed once to find out the response: `EventSource` does not expose it. */
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
 * Reloads the page if an answer belongs to another log than the answers before (after a restore, or after a restart with
 * the log in memory): a page shows one log only.
 */
export const reloadOnOtherLog = (log: string): void => {
  if (knownLog !== undefined && knownLog !== log) location.reload()
  knownLog ??= log
}

/** A position and the id of its log. */
export interface LogPosition {
  readonly position: number
  readonly log: string
}

/** The time for which the page shows `back`. */
const backNoticeMillis = 6_000
const retryMillis = 1_000
const closeHiddenAfterMillis = 20_000

/**
 * Follows the events after a position for as long as the page is open. The browser reconnects by itself with
 * `Last-Event-ID`; where it gives up, because the response was not a stream, this connects again after the last event's id.
 */
export const listen = (after: LogPosition, query: string, { onEvent, onCounts, onRejections }: Listener) => {
  const status = signal<Status>("connecting")
  let { position } = after
  let id = `${position}@${after.log}`
  let wasLost = false
  let source: EventSource

  /** The browser does not reconnect by itself if the response was not a stream. */
  const retryLater = async (ended: EventSource, path: string) => {
    outage.value = await outageReason(path)
    if (outage.value) signInIfNeeded(outage.value)
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

  // A browser opens at most six connections to one server: hidden pages close theirs, and catch up later.
  let closeTimer: ReturnType<typeof setTimeout> | undefined
  document.addEventListener("visibilitychange", () => {
    clearTimeout(closeTimer)
    if (document.hidden) closeTimer = setTimeout(() => source.close(), closeHiddenAfterMillis)
    else if (source.readyState === EventSource.CLOSED) connect()
  })
  return status
}
