import { computed, type Signal, signal } from "@preact/signals"
import type { Blueprint } from "../../../src/layers/contract/blueprintSchema.ts"
import type { Count, EventView } from "../../../src/layers/contract/eventSchema.ts"
import type { Operations, Totals } from "../../../src/layers/contract/operationsSchema.ts"
import type { CommandRejections } from "../../../src/layers/contract/rejectionsSchema.ts"
import { deadLetters, countDeadLetters } from "../api/deadLetterApi.ts"
import type { Problem } from "../api/http.ts"
import type { Status } from "../api/serverEvents.ts"
import type { Layout } from "../layout/index.ts"

/** What the panel shows. */
export type Subject =
  | { readonly kind: "fact" | "command" | "view" | "gear" | "screen"; readonly name: string; readonly column: number }
  | { readonly kind: "rule"; readonly column: number; readonly rule: string }
  | { readonly kind: "event"; readonly position: number }
  | { readonly kind: "row"; readonly name: string; readonly words: Readonly<Record<string, string>> }
  | { readonly kind: "correlation"; readonly id: string }
  | { readonly kind: "unknown" }
  | { readonly kind: "parked" }
  /** A link leads to something that is not there. */
  | { readonly kind: "missing"; readonly why: string }

export interface Wall {
  readonly board: Blueprint
  readonly layout: Layout
}

export const wall = signal<Wall>()
/** Why the server did not tell how the board is, or how it stands; nothing while it does. */
export const loadProblem = signal<Problem>()
export const subject = signal<Subject>()
export const operations = signal<Operations>()
export const status = signal<Status>("connecting")

/** It is known how the log stands; before that, nothing is known to be empty. */
export const loaded = computed(() => operations.value !== undefined)

/** The newest position of the log, and its newest facts, newest first. */
export const position = signal(0)
export const newest = signal<ReadonlyArray<EventView>>([])
/** Facts a second, over the last few seconds. */
export const rate = signal(0)

/** The position in the past that was asked for, before its totals are there; nothing while the wall shows now. */
export const requestedPosition = signal<number>()
/** The totals as of that position; nothing while the wall shows now. */
export const totalsAt = signal<Totals>()
/** The fact at that position, if the log still has it. */
export const eventAt = signal<EventView>()

const noCount: Count = { count: 0, position: 0, time: null }
const counts = new Map<string, Signal<Count>>()
/** Names of the types that the board does not know; each has a count too. */
export const unknownTypes = signal<ReadonlyArray<string>>([])

export const currentCount = (type: string): Signal<Count> => {
  const known = counts.get(type)
  if (known) return known
  const fresh = signal(noCount)
  counts.set(type, fresh)
  return fresh
}

/** How often a type stands in the log, at the time that the wall shows. */
export const countOf = (type: string): Count =>
  totalsAt.value ? (totalsAt.value.facts[type] ?? totalsAt.value.unknown[type] ?? noCount) : currentCount(type).value

/** Rejected commands by name, as last heard. */
export const rejections = signal<Readonly<Record<string, CommandRejections>>>({})

/** How often a command was rejected, and when last; nothing on a wall that shows the past, for which that is not known. */
export const rejectedOf = (command: string): CommandRejections | undefined =>
  requestedPosition.value === undefined ? rejections.value[command] : undefined

/** The rejections that are being shown just now, by command. */
const shownRejections = signal<Readonly<Record<string, string>>>({})
const flashMillis = 4_000
const rejectionTimers = new Map<string, ReturnType<typeof setTimeout>>()

export const shownRejection = (command: string): string | undefined =>
  requestedPosition.value === undefined ? shownRejections.value[command] : undefined

/** Shows for a while that a command was rejected, and how. */
export const showRejection = (command: string, rejection: string): void => {
  clearTimeout(rejectionTimers.get(command))
  shownRejections.value = { ...shownRejections.value, [command]: rejection }
  const over = () => {
    const { [command]: _, ...others } = shownRejections.value
    shownRejections.value = others
  }
  rejectionTimers.set(command, setTimeout(over, flashMillis))
}

/** As last heard, where it is not known now. */
export const deadLetterCount = computed(
  () => (operations.value ? countDeadLetters(operations.value) : 0) ?? deadLetters.value.length
)

/** The pages' server answers, and what it stands on does not: of nothing that follows the log is known how far it is. */
export const isLogUnreachable = computed(() => {
  const { automations = {}, views = {} } = operations.value ?? {}
  const all = [...Object.values(automations), ...Object.values(views)]
  return all.length > 0 && all.every(({ lag }) => lag === null)
})
