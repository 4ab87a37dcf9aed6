import { batch, computed, type Signal, signal } from "@preact/signals"
import type { Blueprint } from "../../../src/layers/blueprint/document.ts"
import type { Operations, Totals } from "../../../src/layers/blueprint/operations.ts"
import type { Count, Counts, FactsPage, Seen } from "../../../src/layers/blueprint/seen.ts"
import { call, type Problem } from "../api/http.ts"
import { isOfLog, listen, type Status } from "../api/live.ts"
import { followParked, parked, parkedIn } from "../api/parked.ts"
import { type Layout, layout, modelOf } from "../layout/index.ts"

/** What the panel shows. */
export type Subject =
  | { readonly kind: "fact" | "command" | "view" | "gear" | "screen"; readonly name: string; readonly column: number }
  | { readonly kind: "rule"; readonly column: number; readonly rule: string }
  | { readonly kind: "event"; readonly position: number }
  | { readonly kind: "unknown" }
  | { readonly kind: "parked" }

export interface Wall {
  readonly board: Blueprint
  readonly layout: Layout
}

export const wall = signal<Wall>()
export const failure = signal<Problem>()
export const subject = signal<Subject>()
export const operations = signal<Operations>()
export const status = signal<Status>("connecting")

/** The newest position of the log, and its newest facts, newest first. */
export const position = signal(0)
export const newest = signal<ReadonlyArray<Seen>>([])
/** Facts a second, over the last few seconds. */
export const rate = signal(0)

/** The position in the past that was asked for, before its totals are there; nothing while the wall shows now. */
export const wanted = signal<number>()
/** The totals as of that position; nothing while the wall shows now. */
export const then = signal<Totals>()
/** The fact at that position, if the log still has it. */
export const moment = signal<Seen>()

const never: Count = { count: 0, position: 0, time: null }
const counts = new Map<string, Signal<Count>>()
/** Names of the types that the board does not know; each has a count too. */
export const strangers = signal<ReadonlyArray<string>>([])

export const countNow = (type: string): Signal<Count> => {
  const known = counts.get(type)
  if (known) return known
  const fresh = signal(never)
  counts.set(type, fresh)
  return fresh
}

/** How often a type stands in the log, at the time that the wall shows. */
export const countOf = (type: string): Count =>
  then.value ? (then.value.facts[type] ?? then.value.unknown[type] ?? never) : countNow(type).value

/** As last heard, where it is not known now. */
export const parkedCount = computed(() => (operations.value ? parkedIn(operations.value) : 0) ?? parked.value.length)

/** The pages' server answers, and what it stands on does not: of nothing that follows the log is known how far it is. */
export const unreachable = computed(() => {
  const { automations = {}, views = {} } = operations.value ?? {}
  const all = [...Object.values(automations), ...Object.values(views)]
  return all.length > 0 && all.every(({ lag }) => lag === null)
})

const takeTotals = ({ facts, unknown, position: upTo }: Totals) =>
  batch(() => {
    for (const [type, count] of Object.entries({ ...unknown, ...facts })) countNow(type).value = count
    strangers.value = Object.keys(unknown)
    position.value = upTo
  })

type Watcher = (type: string, times: number, seen: Seen | undefined) => void
const watchers = new Set<Watcher>()
/** Calls back for every fact that is appended, or for so many at once when there are too many, until it is told to stop. */
export const onAppended = (watcher: Watcher): (() => void) => {
  watchers.add(watcher)
  return () => void watchers.delete(watcher)
}

const mostKept = 40
let waiting: Array<Seen> = []

/** Facts come as they like; the wall takes them once a frame. */
const flush = () => {
  const facts = waiting
  waiting = []
  batch(() => {
    for (const seen of facts) {
      const type = typeOf(seen)
      const count = countNow(type)
      count.value = { count: count.value.count + 1, position: seen.position, time: seen.time }
    }
    position.value = Math.max(position.value, facts.at(-1)!.position)
    newest.value = [...facts.toReversed(), ...newest.value].slice(0, mostKept)
  })
  for (const seen of facts) for (const watcher of watchers) watcher(typeOf(seen), 1, seen)
}

/** What is in no lane is not on the board; it is counted by the name that the log gives it. */
const typeOf = ({ type, lane }: Seen): string => {
  if (lane === undefined && !strangers.value.includes(type)) strangers.value = [...strangers.value, type]
  return type
}

const takeFact = (seen: Seen) => {
  arrivals.push({ at: performance.now(), times: 1 })
  if (waiting.push(seen) === 1) requestAnimationFrame(flush)
}

const takeCounts = ({ types, position: upTo }: Counts) => {
  let all = 0
  batch(() => {
    for (const [type, count] of Object.entries(types)) {
      const known = countNow(type)
      const times = count.count - known.value.count
      known.value = count
      all += times
      if (times > 0) for (const watcher of watchers) watcher(type, times, undefined)
    }
    position.value = Math.max(position.value, upTo)
  })
  arrivals.push({ at: performance.now(), times: all })
  catching ??= setTimeout(catchUp, catchUpMillis)
}

/** Merged counts do not say what the facts said; the newest are asked for now and then. */
const catchUpMillis = 500
let catching: ReturnType<typeof setTimeout> | undefined
const catchUp = async () => {
  const last = await call<FactsPage>("/facts?limit=10")
  catching = undefined
  const known = newest.value[0]?.position ?? 0
  if (last.ok && (last.body.facts[0]?.position ?? 0) > known) newest.value = last.body.facts
}

let arrivals: Array<{ readonly at: number; readonly times: number }> = []
const rateMillis = 3_000
const measureRate = () => {
  arrivals = arrivals.filter(({ at }) => at > performance.now() - rateMillis)
  rate.value = (arrivals.reduce((sum, { times }) => sum + times, 0) * 1_000) / rateMillis
}

const pollMillis = 2_000
const poll = async () => {
  if (!document.hidden) {
    const answer = await call<Operations>("/operations")
    if (answer.ok) {
      isOfLog(answer.body.log)
      operations.value = answer.body
      await followParked(answer.body)
    }
  }
  setTimeout(poll, pollMillis)
}

/** Asks until the server answers: a wall may be opened before what it shows. */
const asked = async <A>(path: string): Promise<A> => {
  for (;;) {
    const answer = await call<A>(path)
    if (answer.ok) {
      failure.value = undefined
      return answer.body
    }
    failure.value = answer.problem
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}

/** Other pages point to a fact as `/#fact/7@Zk3x9PqLw0aB`; in another log another fact is at that position. */
const openNamed = () => {
  const [, position, log] = /^#fact\/(\d+)(?:@([\w-]+))?$/u.exec(location.hash) ?? []
  const isThere = log === undefined || log === operations.value?.log
  if (position !== undefined && isThere) subject.value = { kind: "event", position: Number(position) }
}

/** What a window leaves for the wall, less the lines above and below it, and a scroll bar. */
const place = () => ({ width: innerWidth - 24, height: Math.max(1, innerHeight - 124) })

/** Lays the board out for the window, now and whenever its size changes; a phone's address bar alone changes nothing. */
const addressBar = 120
const layOut = (board: Blueprint) => {
  let last = place()
  const now = () => {
    wall.value = { board, layout: layout(modelOf(board), last) }
  }
  now()
  let frame = 0
  addEventListener("resize", () => {
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(() => {
      const { height, width } = place()
      if (width === last.width && Math.abs(height - last.height) < addressBar) return
      last = { height, width }
      now()
    })
  })
}

export const start = async (): Promise<void> => {
  const board = await asked<Blueprint>("/blueprint.json")
  document.title = `${board.title}: the wall`
  layOut(board)
  const now = await asked<Operations>("/operations")
  isOfLog(now.log)
  operations.value = now
  void followParked(now)
  openNamed()
  addEventListener("hashchange", openNamed)
  takeTotals(now)
  await catchUp()
  listen(now, "", { fact: takeFact, counts: takeCounts }).subscribe((value) => {
    status.value = value
  })
  setInterval(measureRate, 500)
  setTimeout(poll, pollMillis)
}
