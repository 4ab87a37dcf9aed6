import type { Board } from "#domain/model/index.ts"
import { classifier } from "#layers/codec/subjectClassifier.ts"
import type { Counts } from "#layers/contract/eventSchema.ts"
import { type ByType, matches } from "#layers/monitoring/search/searchFields.ts"
import { countOf, type Standing } from "#layers/monitoring/tail/EventCounts.ts"
import type { Watch } from "#layers/monitoring/tail/LogTail.ts"
import type { Logged } from "#layers/services/LogReader.ts"

/** What somebody wants to see of the log; nothing said is everything. */
export interface Wanted {
  readonly lanes?: ReadonlyArray<string> | undefined
  readonly types?: ReadonlyArray<string> | undefined
  readonly correlationId?: string | undefined
  /** Of these types, with these values. */
  readonly values?: ByType | undefined
}

export type Happening =
  | { readonly _tag: "Facts"; readonly facts: ReadonlyArray<Logged> }
  | { readonly _tag: "Counts"; readonly counts: Counts }

/** Facts a second, and as many at once, above which a listener is told counts instead. */
const most = 200

/** The same for all listeners together: what each of them is written costs time that commands need. */
const mostTogether = 20_000

/** Facts a second for each of so many listeners. */
export const factsPerSecond = (listeners: number): number => Math.min(most, mostTogether / Math.max(1, listeners))

/** Milliseconds between two counts at the least. */
export const pauseMillis = 250

/** Tells whether something is wanted. */
export const wantedBy = (board: Board.Any, { correlationId, lanes, types, values }: Wanted) => {
  const classify = classifier(board)
  const ofKind = ({ lane, type }: ReturnType<typeof classify>) =>
    (lanes === undefined || (lane !== undefined && lanes.includes(lane))) &&
    (types === undefined || types.includes(type)) &&
    (values === undefined || values.has(type))
  const ofAnyKind = lanes === undefined && types === undefined && values === undefined
  const hasValues = (logged: Logged) => {
    const match = values?.get(classify(logged.subject).type)
    return match === undefined || matches(logged.data(), match)
  }
  const laneOfType = new Map(
    board.lanes.flatMap(({ facts, name }) => facts.map(({ identifier }) => [identifier, name]))
  )
  return {
    message: (logged: Logged) =>
      (ofAnyKind || ofKind(classify(logged.subject))) &&
      (correlationId === undefined || logged.attributes()["correlationid"] === correlationId) &&
      hasValues(logged),
    type: (type: string) => ofKind({ type, lane: laneOfType.get(type) })
  }
}

/** How far one listener has come. Listeners that want the same and are at the same point share one state. */
export interface State {
  /** Everything up to here was told. */
  readonly position: number
  /** How many facts may be told at once now. */
  readonly budget: number
  /** When it was looked at last, in milliseconds. */
  readonly time: number
  /** Counts were told last: the next ones come after a pause. */
  readonly merging: boolean
}

/** The state of a listener that was told everything up to a position. */
export const beginAt = (position: number, time: number): State => ({ position, budget: most, time, merging: false })

/** How many facts may be told at once at a time: the budget grows back, up to `perSecond`. */
export const budgetAt = ({ budget, time }: State, now: number, perSecond: number): number =>
  Math.min(perSecond, budget + ((now - time) * perSecond) / 1_000)

/** Whether a state may be looked at now: counts come four times a second at most. */
export const isDue = (state: State, now: number): boolean => !state.merging || now >= state.time + pauseMillis

/**
 * What happened behind a state, for those who want the same: facts, or counts where these are too many or too long ago.
 * Nothing is kept for a slow listener, who is told counts.
 */
export const live = (board: Board.Any, watch: Watch["Service"], wanted: Wanted) => {
  const wants = wantedBy(board, wanted)

  const counts = (since: number, { position, tallies }: Standing): Counts => ({
    since,
    position,
    types: Object.fromEntries(
      Array.from(tallies).flatMap(([type, tally]) =>
        tally.position > since && wants.type(type) ? [[type, countOf(tally)]] : []
      )
    )
  })

  return (state: State, now: number, perSecond: number): readonly [Happening, State] => {
    const { messages, standing } = watch.behind(state.position)
    const budget = budgetAt(state, now, perSecond)
    const facts = messages?.filter(wants.message)
    const next = { position: standing.position, time: now }
    return facts && facts.length <= budget
      ? [
          { _tag: "Facts", facts },
          { ...next, budget: budget - facts.length, merging: false }
        ]
      : [
          { _tag: "Counts", counts: counts(state.position, standing) },
          { ...next, budget, merging: true }
        ]
  }
}
