import { computed, type Signal, signal } from "@preact/signals"
import type { Blueprint } from "../../../src/layers/contract/blueprintSchema.ts"
import type { Count, EventView } from "../../../src/layers/contract/eventSchema.ts"
import type { Operations, Totals } from "../../../src/layers/contract/operationsSchema.ts"
import type { CommandRejections } from "../../../src/layers/contract/rejectionsSchema.ts"
import { deadLetters, countDeadLetters } from "../api/deadLetterApi.ts"
import type { Problem } from "../api/httpClient.ts"
import type { Status } from "../api/serverEvents.ts"
import type { Kind, Layout } from "../layout/index.ts"

/** The subject of the panel. */
export type Subject =
  | { readonly kind: Kind; readonly name: string; readonly column: number }
  | { readonly kind: "rule"; readonly column: number; readonly rule: string }
  /** An event of the log, as opposed to its type. */
  | { readonly kind: "recorded"; readonly position: number }
  | { readonly kind: "row"; readonly name: string; readonly words: Readonly<Record<string, string>> }
  | { readonly kind: "correlation"; readonly id: string }
  /** An event stream: `room-night/1_2022-12-12`. */
  | { readonly kind: "stream"; readonly id: string }
  | { readonly kind: "legend" }
  | { readonly kind: "unknown" }
  | { readonly kind: "parked" }
  /** The target of a broken link. */
  | { readonly kind: "missing"; readonly why: string }

export interface Wall {
  readonly board: Blueprint
  readonly layout: Layout
}

export const wall = signal<Wall>()
/** Why the board or its status could not be loaded; undefined while it can. */
export const loadProblem = signal<Problem>()
export const subject = signal<Subject>()
export const operations = signal<Operations>()
export const status = signal<Status>("connecting")

/** The counts of the log are loaded; before that, nothing is shown as empty. */
export const loaded = computed(() => operations.value !== undefined)

/** The newest position of the log. */
export const position = signal(0)
/** The newest events, newest first. */
export const newest = signal<ReadonlyArray<EventView>>([])
/** Events per second, over the last few seconds. */
export const rate = signal(0)

/** The requested position in the past, set before its totals are loaded; undefined while the wall shows now. */
export const requestedPosition = signal<number>()
/** The totals as of that position; undefined while the wall shows now. */
export const totalsAt = signal<Totals>()
/** The event at that position, if the log still has it. */
export const eventAt = signal<EventView>()

const noCount: Count = { count: 0, position: 0, time: null }
const counts = new Map<string, Signal<Count>>()
/** Names of the event types that the board does not declare; each has a count too. */
export const unknownTypes = signal<ReadonlyArray<string>>([])

export const currentCount = (type: string): Signal<Count> => {
  const known = counts.get(type)
  if (known) return known
  const fresh = signal(noCount)
  counts.set(type, fresh)
  return fresh
}

/** The names under which the log may have events of a type: its own, and earlier ones. */
export const storedNames = (type: string): ReadonlyArray<string> => {
  const older = wall.value?.board.facts.find(({ name }) => name === type)?.older ?? []
  return [...new Set([type, ...older.map(({ name }) => name)])]
}

const countUnder = (name: string): Count =>
  totalsAt.value ? (totalsAt.value.facts[name] ?? totalsAt.value.unknown[name] ?? noCount) : currentCount(name).value

/** The number of events of a type, at the time that the wall shows. */
export const countOf = (type: string): Count => {
  const counts = storedNames(type).map(countUnder)
  const newest = counts.reduce((a, b) => (b.position > a.position ? b : a))
  return { ...newest, count: counts.reduce((sum, { count }) => sum + count, 0) }
}

/** Rejections by command name, as last received. */
export const rejections = signal<Readonly<Record<string, CommandRejections>>>({})

/** The rejections of a command; undefined while the wall shows the past, for which they are not known. */
export const rejectedOf = (command: string): CommandRejections | undefined =>
  requestedPosition.value === undefined ? rejections.value[command] : undefined

/** The rejections that flash at the moment, by command. */
const shownRejections = signal<Readonly<Record<string, string>>>({})
const flashMillis = 4_000
const rejectionTimers = new Map<string, ReturnType<typeof setTimeout>>()

export const shownRejection = (command: string): string | undefined =>
  requestedPosition.value === undefined ? shownRejections.value[command] : undefined

/** Flashes a rejection at its command for `flashMillis`. */
export const showRejection = (command: string, rejection: string): void => {
  clearTimeout(rejectionTimers.get(command))
  shownRejections.value = { ...shownRejections.value, [command]: rejection }
  const over = () => {
    const { [command]: _, ...others } = shownRejections.value
    shownRejections.value = others
  }
  rejectionTimers.set(command, setTimeout(over, flashMillis))
}

/** The number of dead letters; while it is not known, the last known one. */
export const deadLetterCount = computed(
  () => (operations.value ? countDeadLetters(operations.value) : 0) ?? deadLetters.value.length
)

/** The HTTP server answers and NATS does not: no view or automation has a known lag. */
export const isLogUnreachable = computed(() => {
  const { automations = {}, views = {} } = operations.value ?? {}
  const all = [...Object.values(automations), ...Object.values(views)]
  return all.length > 0 && all.every(({ lag }) => lag === null)
})
