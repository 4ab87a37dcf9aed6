import type { Board } from "#domain/grammar/index.ts"
import { Effect, Option, Stream } from "effect"
import type { Counts, Seen } from "../blueprint/seen.ts"
import { classifier } from "../wire/classify.ts"
import type { Logged } from "../LogReader.ts"
import { monotonicMillis } from "../monotonic.ts"
import { shower } from "./seen.ts"
import { countOf, type Standing } from "./Standing.ts"
import type { Watch } from "./Watch.ts"

/** What somebody wants to see of the log; nothing said is everything. */
export interface Wanted {
  readonly lanes?: ReadonlyArray<string> | undefined
  readonly types?: ReadonlyArray<string> | undefined
  readonly correlationId?: string | undefined
}

export type Happening =
  | { readonly _tag: "Facts"; readonly facts: ReadonlyArray<Seen> }
  | { readonly _tag: "Counts"; readonly counts: Counts }
  /** Nothing for a while. */
  | { readonly _tag: "Quiet" }

/** Facts a second, and as many at once, above which counts are told instead. */
const most = 200

/** How often counts are told at the most. */
const pause = "250 millis"

/** So long a silence at the most, in ms: whoever is between keeps the connection open. */
const heartbeat = 10_000

/** Tells whether something is wanted. */
export const wantedBy = (board: Board.Any, { correlationId, lanes, types }: Wanted) => {
  const classify = classifier(board)
  const ofKind = ({ lane, type }: ReturnType<typeof classify>) =>
    (lanes === undefined || (lane !== undefined && lanes.includes(lane))) &&
    (types === undefined || types.includes(type))
  const laneOfType = new Map(
    board.lanes.flatMap(({ facts, name }) => facts.map(({ identifier }) => [identifier, name]))
  )
  return {
    message: (logged: Logged) =>
      ofKind(classify(logged.subject)) &&
      (correlationId === undefined || logged.attributes()["correlationid"] === correlationId),
    type: (type: string) => ofKind({ type, lane: laneOfType.get(type) })
  }
}

interface State {
  /** Everything up to here was told. */
  readonly position: number
  /** How many facts may be told at once now. */
  readonly budget: number
  readonly time: number
  /** When something was told last. */
  readonly told: number
  readonly merging: boolean
}

/**
 * What happens behind a position, for one onlooker: facts, or counts when these are too many or too long ago. It looks
 * when it is pulled and keeps nothing, so a slow onlooker costs no memory, and is told counts.
 */
export const live = (board: Board.Any, watch: Watch["Service"], wanted: Wanted, after: number) => {
  const show = shower(board)
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

  const look = (state: State, now: number): readonly [Happening, State] => {
    const { messages, standing } = watch.behind(state.position)
    const budget = Math.min(most, state.budget + ((now - state.time) * most) / 1_000)
    const facts = messages?.filter(wants.message)
    const next = { position: standing.position, time: now, told: facts?.length === 0 ? state.told : now }
    return facts && facts.length <= budget
      ? [
          { _tag: "Facts", facts: facts.map(show) },
          { ...next, budget: budget - facts.length, merging: false }
        ]
      : [
          { _tag: "Counts", counts: counts(state.position, standing) },
          { ...next, budget, merging: true }
        ]
  }

  const step = Effect.fnUntraced(function* (state: State) {
    if (state.merging) yield* Effect.sleep(pause)
    const left = state.told + heartbeat - (yield* monotonicMillis)
    const came = yield* Effect.timeoutOption(watch.beyond(state.position), Math.max(0, left))
    const now = yield* monotonicMillis
    return Option.isNone(came) ? ([{ _tag: "Quiet" } as Happening, { ...state, told: now }] as const) : look(state, now)
  })

  return Stream.unwrap(
    Effect.map(monotonicMillis, (time) =>
      Stream.unfold<State, Happening, never, never>(
        { position: after, budget: most, time, told: time, merging: false },
        step
      ).pipe(Stream.filter((happening) => happening._tag !== "Facts" || happening.facts.length > 0))
    )
  )
}
