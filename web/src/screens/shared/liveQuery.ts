import { computed, effect, signal } from "@preact/signals"
import type { EventView } from "../../../../src/layers/contract/eventSchema.ts"
import type { Rows } from "../../../../src/layers/contract/operationsSchema.ts"
import { type Answer, call, type Problem } from "../../api/httpClient.ts"
import { reloadOnOtherLog, listen, type LogPosition, type Status } from "../../api/serverEvents.ts"

const debounceMillis = 120
const retryMillis = 1_500
/** An unreachable store sends no events, so the page also polls at this interval. */
const idlePollMillis = 10_000
/** The server answers within 15 s. */
const requestTimeoutMillis = 20_000

export const status = signal<Status>("connecting")
/** Why the last load failed; undefined after a successful one. */
export const loadProblem = signal<Problem>()
/** Whether at least one load has succeeded. */
export const isLoaded = signal(false)

/** When the content was last known to be current, by the browser's clock; undefined while it is current. */
const asOf = signal<number>()
const clock = signal(0)
effect(() => {
  if (asOf.value === undefined) return
  const tick = () => void (clock.value = Date.now())
  tick()
  const ticking = setInterval(tick, 1_000)
  return () => clearInterval(ticking)
})
/** The age of the content in seconds; undefined while it is current. */
export const secondsAgo = computed(() =>
  asOf.value === undefined ? undefined : Math.max(1, Math.round((clock.value - asOf.value) / 1_000))
)

/** Whether the server rejects the request of this page for a reason that does not pass by itself. */
export const isPermanent = ({ status }: Problem): boolean => status >= 400 && status < 500 && status !== 429

/** As soon as the server's `retry-after` allows; a permanent problem is retried at the idle interval. */
const retryDelayMillis = (problem: Problem): number =>
  isPermanent(problem)
    ? idlePollMillis
    : Math.min(idlePollMillis, Math.max(retryMillis, (problem.retryAfter ?? 0) * 1_000))

let refreshNow = () => {}
/** Loads at once instead of waiting for the next attempt. */
export const retry = (): void => refreshNow()

/**
 * Keeps a query current: loads it now, after events of these lanes, and when `now` is called. `load` gets the newest known
 * position and answers with the position of its result.
 */
export const liveQuery = (lanes: ReadonlyArray<string>, load: (after: number) => Promise<Answer<LogPosition>>) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let newest = 0
  let knownAt: number | undefined
  let listening = false
  let isStale = false
  let isRunning = false

  const run = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    if (isRunning) {
      isStale = true
      return
    }
    isRunning = true
    const answer = await load(newest)
    isRunning = false
    if (!answer.ok) {
      loadProblem.value = answer.problem
      asOf.value ??= knownAt
      timer ??= setTimeout(run, retryDelayMillis(answer.problem))
      return
    }
    reloadOnOtherLog(answer.body.log)
    loadProblem.value = undefined
    isLoaded.value = true
    knownAt = Date.now() - (answer.age ?? 0) * 1_000
    asOf.value = answer.age ? knownAt : undefined
    if (!listening) follow(answer.body)
    if (isStale) {
      isStale = false
      schedule()
    }
  }

  const schedule = () => {
    timer ??= setTimeout(run, debounceMillis)
  }

  const follow = (from: LogPosition) => {
    listening = true
    const onPosition = (to: number) => {
      newest = Math.max(newest, to)
      schedule()
    }
    const query = lanes.map((lane) => `&lane=${lane}`).join("")
    listen(from, query, {
      onEvent: (event: EventView) => onPosition(event.position),
      onCounts: (counts) => onPosition(counts.position)
    }).subscribe((value) => {
      status.value = value
      if (value === "lost") asOf.value ??= knownAt = Date.now()
      else schedule()
    })
    setInterval(() => document.hidden || schedule(), idlePollMillis)
  }

  refreshNow = () => void run()
  refreshNow()
  return { now: refreshNow }
}

/** A GET request with the request timeout. */
export const read = <A>(path: string): Promise<Answer<A>> =>
  call<A>(path, { signal: AbortSignal.timeout(requestTimeoutMillis) })

export const rowsOf = <Row>(path: string) => read<Omit<Rows, "rows"> & { readonly rows: ReadonlyArray<Row> }>(path)
