import { batch } from "@preact/signals"
import type { Counts, FactsPage, Seen } from "../../../src/layers/contract/eventSchema.ts"
import type { Totals } from "../../../src/layers/contract/operationsSchema.ts"
import type { Rejected } from "../../../src/layers/contract/rejectionsSchema.ts"
import { call } from "../api/http.ts"
import { countNow, newest, position, rate, rejections, strangers } from "./state.ts"

// What happens, as the server tells it, taken into the state of the wall; and told to whoever shows it.

export type Happening =
  | { readonly is: "facts"; readonly facts: ReadonlyArray<Seen> }
  /** Too many events to have each of them: how many more there are of each type. */
  | { readonly is: "counts"; readonly times: ReadonlyMap<string, number> }
  | {
      readonly is: "rejected"
      readonly command: string
      readonly times: number
      readonly last: NonNullable<Rejected["last"]>
    }

type Watcher = (happening: Happening) => void
const watchers = new Set<Watcher>()
/** Calls back for all that happens, until it is told to stop. */
export const onHappening = (watcher: Watcher): (() => void) => {
  watchers.add(watcher)
  return () => void watchers.delete(watcher)
}
const tell = (happening: Happening) => {
  for (const watcher of watchers) watcher(happening)
}

export const takeTotals = ({ facts, unknown, position: upTo }: Totals): void =>
  batch(() => {
    for (const [type, count] of Object.entries({ ...unknown, ...facts })) countNow(type).value = count
    strangers.value = Object.keys(unknown)
    position.value = upTo
  })

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
  tell({ is: "facts", facts })
}

/** What is in no lane is not on the board; it is counted by the name that the log gives it. */
const typeOf = ({ type, lane }: Seen): string => {
  if (lane === undefined && !strangers.value.includes(type)) strangers.value = [...strangers.value, type]
  return type
}

export const takeFact = (seen: Seen): void => {
  arrivals.push({ at: performance.now(), times: 1 })
  if (waiting.push(seen) === 1) requestAnimationFrame(flush)
}

export const takeCounts = ({ types, position: upTo }: Counts): void => {
  const more = new Map<string, number>()
  batch(() => {
    for (const [type, count] of Object.entries(types)) {
      const known = countNow(type)
      const times = count.count - known.value.count
      known.value = count
      if (times > 0) more.set(type, times)
    }
    position.value = Math.max(position.value, upTo)
  })
  tell({ is: "counts", times: more })
  arrivals.push({ at: performance.now(), times: Array.from(more.values()).reduce((sum, times) => sum + times, 0) })
  catching ??= setTimeout(catchUp, catchUpMillis)
}

/** Merged counts do not say what the facts said; the newest are asked for now and then. */
const catchUpMillis = 500
let catching: ReturnType<typeof setTimeout> | undefined
export const catchUp = async (): Promise<void> => {
  const last = await call<FactsPage>("/facts?limit=10")
  catching = undefined
  const known = newest.value[0]?.position ?? 0
  if (last.ok && (last.body.facts[0]?.position ?? 0) > known) newest.value = last.body.facts
}

/** A message among the newest was declared void since it came. */
export const markVoid = async (position: number): Promise<void> => {
  const answer = await call<Seen>(`/facts/${position}`)
  if (answer.ok) newest.value = newest.value.map((fact) => (fact.position === position ? answer.body : fact))
}

/** How many rejections of each command were told to watchers, or were there before. */
const told = new Map<string, number>()

/** How rejections stand, which was asked for: nothing that happens just now. */
export const knowRejections = (commands: Readonly<Record<string, Rejected>> | null): void => {
  if (commands === null) return
  for (const [command, { count }] of Object.entries(commands)) if (!told.has(command)) told.set(command, count)
  rejections.value = commands
}

/** Rejections that happen. */
export const takeRejections = (commands: Readonly<Record<string, Rejected>>): void => {
  rejections.value = { ...rejections.value, ...commands }
  for (const [command, { count, last }] of Object.entries(commands)) {
    const times = count - (told.get(command) ?? 0)
    told.set(command, count)
    if (times > 0 && last) tell({ is: "rejected", command, times, last })
  }
}

let arrivals: Array<{ readonly at: number; readonly times: number }> = []
const rateMillis = 3_000
/** Counts what has arrived within the last seconds. */
export const measureRate = (): void => {
  arrivals = arrivals.filter(({ at }) => at > performance.now() - rateMillis)
  rate.value = (arrivals.reduce((sum, { times }) => sum + times, 0) * 1_000) / rateMillis
}
