import { computed, effect, signal } from "@preact/signals"
import type { Seen } from "../../../../src/layers/contract/eventSchema.ts"
import type { Rows } from "../../../../src/layers/contract/operationsSchema.ts"
import { type Answer, call, type Problem } from "../../api/http.ts"
import { isOfLog, listen, type Place, type Status } from "../../api/live.ts"

const restMillis = 120
const retryMillis = 1_500
/** A store that is not reachable says nothing; so it is asked now and then even if nothing happens. */
const calmMillis = 10_000
/** The server answers within 15 s. */
const patience = 20_000

export const status = signal<Status>("connecting")
/** Why the last attempt to read what is shown failed; nothing while it is read. */
export const trouble = signal<Problem>()
/** Whether what is shown was read at least once. */
export const isLoaded = signal(false)

/** When what is shown was last known to be so, by this clock; nothing while it is known to be so now. */
const asOf = signal<number>()
const clock = signal(0)
effect(() => {
  if (asOf.value === undefined) return
  const tick = () => void (clock.value = Date.now())
  tick()
  const ticking = setInterval(tick, 1_000)
  return () => clearInterval(ticking)
})
/** How many seconds ago that was. */
export const ago = computed(() =>
  asOf.value === undefined ? undefined : Math.max(1, Math.round((clock.value - asOf.value) / 1_000))
)

/** Whether the server does not take what this page asks for, which does not pass by itself. */
export const isLasting = ({ status }: Problem): boolean => status >= 400 && status < 500 && status !== 429

/** As soon as the server wants; what does not pass by itself is asked for as seldom as when nothing happens. */
const pauseAfter = (problem: Problem): number =>
  isLasting(problem) ? calmMillis : Math.min(calmMillis, Math.max(retryMillis, (problem.retryAfter ?? 0) * 1_000))

let now = () => {}
/** Asks at once, for somebody who does not want to wait for the next attempt. */
export const retry = (): void => now()

/**
 * Keeps something fresh: asks for it now, again after facts of these lanes, and again when the page asks. What is asked for
 * answers with the position it knows.
 */
export const refreshed = (lanes: ReadonlyArray<string>, ask: (after: number) => Promise<Answer<Place>>) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let newest = 0
  let known: number | undefined
  let listening = false
  let again = false
  let busy = false

  const run = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    if (busy) {
      again = true
      return
    }
    busy = true
    const answer = await ask(newest)
    busy = false
    if (!answer.ok) {
      trouble.value = answer.problem
      asOf.value ??= known
      timer ??= setTimeout(run, pauseAfter(answer.problem))
      return
    }
    isOfLog(answer.body.log)
    trouble.value = undefined
    isLoaded.value = true
    known = Date.now() - (answer.age ?? 0) * 1_000
    asOf.value = answer.age ? known : undefined
    if (!listening) follow(answer.body)
    if (again) {
      again = false
      soon()
    }
  }

  const soon = () => {
    timer ??= setTimeout(run, restMillis)
  }

  const follow = (place: Place) => {
    listening = true
    const moved = (to: number) => {
      newest = Math.max(newest, to)
      soon()
    }
    const query = lanes.map((lane) => `&lane=${lane}`).join("")
    listen(place, query, {
      fact: (fact: Seen) => moved(fact.position),
      counts: (counts) => moved(counts.position)
    }).subscribe((value) => {
      status.value = value
      if (value === "lost") asOf.value ??= known = Date.now()
      else soon()
    })
    setInterval(() => document.hidden || soon(), calmMillis)
  }

  now = () => void run()
  now()
  return { now }
}

/** Reads something within the time that an answer may take. */
export const read = <A>(path: string): Promise<Answer<A>> => call<A>(path, { signal: AbortSignal.timeout(patience) })

export const rowsOf = <Row>(path: string) => read<Omit<Rows, "rows"> & { readonly rows: ReadonlyArray<Row> }>(path)
