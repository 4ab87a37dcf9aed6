import { Data, Effect, Exit, Result } from "effect"
import { type Board, type Command, Decision, type Key, Projection } from "#domain/model/index.ts"
import type { Line } from "#layers/services/Audit.ts"
import { type AppendError, type EventLog, type Past, type Stand, untouched } from "#layers/services/EventLog.ts"
import { derive } from "#layers/services/Ids.ts"
import type { Fact, Origin } from "#layers/services/RecordedEvent.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { behind, duplicates } from "./duplicateCommands.ts"
import type { Places, plansOf } from "./readPlan.ts"
import { type Receipt, receiptOf } from "./Receipt.ts"
import type { Memory, StateKey } from "./StateCache.ts"
import type { UnguardedRead, UnguardedReads } from "./UnguardedReads.ts"

/** What a command is decided for. */
export interface Asked {
  readonly command: Command.Any
  readonly input: unknown
  readonly places: Places
  readonly origin: Origin
}

/** The command was rejected or had nothing to do: what the audit has to have before that is answered. */
export class NotAppended extends Data.TaggedClass("NotAppended")<{
  readonly line: Line
  /** Where the guarded event stream stood. */
  readonly position: number
}> {}

const isFacts = (decision: Command.Decision<Fact, Fact>): decision is ReadonlyArray<Fact> => Array.isArray(decision)

const factsOf = (pasts: ReadonlyArray<Past>) => pasts.flatMap(({ facts }) => facts.map(({ fact }) => fact))

export interface Services {
  readonly log: EventLog["Service"]
  readonly memory: Memory
  readonly reads: UnguardedReads
  readonly plans: ReturnType<typeof plansOf>
  readonly check: Decision.Checker
  readonly onAppended: () => void
}

/** One attempt to decide a command and to append its events: on cached states, or on what the log says. */
export const attempts = (board: Board.Any, { check, log, memory, onAppended, plans, reads }: Services) => {
  const known = duplicates(board, log)

  const append = (
    { command, origin, places: { guarded, name } }: Asked,
    key: StateKey,
    state: unknown,
    stand: Stand,
    facts: ReadonlyArray<Fact>
  ): Effect.Effect<Receipt, Key.InvalidKey | AppendError> => {
    // What a view could not find a row for is not stored.
    const rows = plans.rows(facts)
    if (Result.isFailure(rows)) return Effect.fail(rows.failure)
    const appended = Effect.map(log.append(guarded, stand, facts, origin), (recorded) => {
      onAppended()
      const initial = stand.position === 0 ? plans.untouched(command.guards) : []
      memory.added(name, stand, recorded, new Map<StateKey, unknown>(initial).set(key, state))
      return recorded
    })
    const noticed = plans.isReadUnguarded(guarded)
      ? Effect.onExit(appended, (exit) =>
          Effect.sync(() =>
            Exit.isSuccess(exit) ? reads.reached(name, exit.value.at(-1)!.position) : reads.mayHaveChanged(name)
          )
        )
      : appended
    return Effect.map(noticed, (recorded) => receiptOf(board, origin, recorded, false))
  }

  /** `undefined` where the log has to be asked: nothing cached may be used, or the answer is no. */
  const decideFromCache = (asked: Asked, now: number) => {
    const { command, input, places } = asked
    const read = places.reading && reads.get(places.reading, now)
    if (places.reading && !read) return Effect.undefined
    const key: StateKey = read ?? command.state
    const cached = memory.get(places.name)
    // An event stream that is not cached is taken for an empty one; the guard on `append` refuses a wrong guess.
    if (cached && !cached.states.has(key)) return Effect.undefined
    const state: unknown = cached ? cached.states.get(key) : read ? read.state : command.state.initial
    const decision: Command.Decision<Fact, Fact> = command.decide(state, input)
    if (!isFacts(decision) || decision.length === 0 || check(command, places.guarded, decision)) return Effect.undefined
    return append(asked, key, state, cached ?? untouched, decision).pipe(
      Effect.catchTag(["Conflict", "AlreadyAppended", "LogUnavailable", "MessageTooLarge"], () => Effect.undefined)
    )
  }

  /** Reads the unguarded event streams alone: if they have not changed, what is cached on top of them still holds. */
  const renewed = ({ command, places: { read, reading } }: Asked) =>
    Effect.gen(function* () {
      const now = yield* monotonicMillis
      const start = reads.start(now)
      const pasts = yield* log.readAll(read)
      if (pasts.every(({ position }, n) => position >= reads.positionOf(reading!.streams[n]!))) {
        reads.put(reading!, pasts, () => Projection.fold(command.state, factsOf(pasts)), start)
      }
      return now
    })

  const fromCache = (asked: Asked, now: number) => {
    const { name, reading } = asked.places
    const expired = reading && reads.expired(reading, now)
    if (!expired || !memory.get(name)?.states.has(expired)) return decideFromCache(asked, now)
    return renewed(asked).pipe(
      Effect.flatMap((now) => decideFromCache(asked, now)),
      Effect.catchTag(["LogUnavailable", "Unreadable"], () => Effect.undefined)
    )
  }

  /** What the log says is cached, whatever is decided on it. */
  const load = Effect.fnUntraced(function* ({ command, places }: Asked, least: number) {
    const { guarded, name, read, reading } = places
    const from = Math.max(memory.positionOf(name), least)
    const start = reads.start(yield* monotonicMillis)
    const positions = reading?.streams.map((stream) => reads.positionOf(stream)) ?? []
    const [past, ...others] = yield* log.readAll([guarded, ...read])
    if (past!.position < from || others.some(({ position }, n) => position < positions[n]!)) return yield* behind()
    if (plans.isReadUnguarded(guarded)) reads.reached(name, past!.position)
    const on: UnguardedRead | undefined =
      reading && reads.put(reading, others, () => Projection.fold(command.state, factsOf(others)), start)
    const key: StateKey = on ?? command.state
    const state: unknown = Projection.fold(command.state, factsOf([past!]), on?.state)
    memory.saw(name, past!, key, state)
    return { past: past!, key, state }
  })

  /** @param least a position that the guarded event stream is known to have reached */
  const fromLog = Effect.fnUntraced(function* (asked: Asked, least: number) {
    const { command, input, origin, places } = asked
    const { key, past, state } = yield* load(asked, least)
    const own = known.ofCommand(past.facts, origin)
    if (own.length > 0) return yield* known.repeated(own, origin)
    const decision: Command.Decision<Fact, Fact> = command.decide(state, input)
    const error = check(command, places.guarded, decision)
    if (error) return yield* error
    if (isFacts(decision) && decision.length > 0) return yield* append(asked, key, state, past, decision)
    const line = { ...origin, id: derive(`${origin.commandId}/none`), place: places.name }
    return new NotAppended({
      line: isFacts(decision) ? { ...line, outcome: "unchanged" } : { ...line, outcome: "refused", refusal: decision },
      position: past.position
    })
  })

  return {
    fromCache,
    fromLog: (asked: Asked, least: number) =>
      fromLog(asked, least).pipe(
        Effect.catchTag("AlreadyAppended", ({ position }) => known.found(asked.places, asked.origin, position))
      )
  }
}
