import { type Board, type Command, type Key, Projection } from "#domain/grammar/index.ts"
import { Clock, Effect, Layer, Option, Predicate, Result, Schedule } from "effect"
import { Audit } from "../Audit.ts"
import { FailPoint } from "../FailPoint.ts"
import { RefusalLimit } from "../RefusalLimit.ts"
import { EventLog, LogUnavailable, type Past, type Stand, type Unreadable, untouched } from "../EventLog.ts"
import type { Fact, Origin, Recorded } from "../Fact.ts"
import { growing } from "../growing.ts"
import { derive, digest, Ids } from "../Ids.ts"
import { budget } from "./budget.ts"
import { type About, CommandIdReused, Commands, Contended, Refused } from "./Commands.ts"
import { dryRunner } from "./dryRun.ts"
import { Memory } from "./Memory.ts"
import { type Places, plansOf } from "./plan.ts"
import type { Receipt } from "./Receipt.ts"

const isFacts = (decision: Command.Decision<Fact, Fact>): decision is ReadonlyArray<Fact> => Array.isArray(decision)

const onConflict = Schedule.exponential("5 millis", 1.6).pipe(Schedule.jittered, Schedule.upTo({ times: 9 }))
const whileUnavailable = growing("100 millis", "1 second").pipe(Schedule.upTo({ duration: "8 seconds" }))

/** Whoever answers may not have heard of everything yet: a replica, or a leader that has been replaced and does not know. */
const behind = () => new LogUnavailable({ reason: "who answers has not heard of everything yet" })

const aFewTimes = Schedule.spaced("250 millis").pipe(Schedule.upTo({ times: 3 }))

/**
 * Look, decide, leap. The first look is at what this process remembers, for free: the guard on `append` makes a stale
 * memory harmless. A refusal, a conflict or an unknown outcome is never answered from memory: look at the log, for the
 * command's own facts first, and decide again.
 */
export const layer = (board: Board.Any, options: { readonly remembers?: number } = {}) =>
  Layer.effect(
    Commands,
    Effect.gen(function* () {
      const log = yield* EventLog
      const audit = yield* Audit
      const ids = yield* Ids
      const failPoint = yield* FailPoint
      const memory = new Memory(options.remembers ?? 50_000)
      const plans = plansOf(board)

      /** What a view could not find a row for is not stored. */
      const append = (
        ...[place, stand, facts, origin]: Parameters<typeof log.append>
      ): Effect.Effect<ReadonlyArray<Recorded>, Key.InvalidKey | Effect.Error<ReturnType<typeof log.append>>> => {
        const rows = plans.rows(facts)
        return Result.isFailure(rows) ? Effect.fail(rows.failure) : log.append(place, stand, facts, origin)
      }

      const leap = (
        command: Command.Any,
        { guarded, name, read }: Places,
        state: unknown,
        stand: Stand,
        facts: ReadonlyArray<Fact>,
        origin: Origin
      ) =>
        Effect.map(append(guarded, stand, facts, origin), (recorded) => {
          failPoint("after-append")
          const initial = stand.position === 0 ? plans.untouched(command.guards) : []
          const before = new Map(initial)
          if (read.length > 0) before.set(command.state, state)
          memory.added(name, stand, recorded, before)
          return receipt(board, origin, recorded, false)
        })

      const fromMemory = (command: Command.Any, input: unknown, places: Places, origin: Origin) => {
        const known = memory.get(places.name)
        const from = known ?? (places.read.length > 0 ? memory.get(places.base) : nowhere(command))
        const state = from?.states.get(command.state)
        if (state === undefined) return Effect.undefined
        const decision: Command.Decision<Fact, Fact> = command.decide(state, input)
        if (!isFacts(decision) || decision.length === 0) return Effect.undefined
        return leap(command, places, state, known ?? untouched, decision, origin).pipe(
          Effect.catchTag(["Conflict", "AlreadyAppended", "LogUnavailable"], () => Effect.undefined)
        )
      }

      const fromLog = Effect.fnUntraced(function* (
        command: Command.Any,
        input: unknown,
        places: Places,
        origin: Origin,
        after: number
      ) {
        const { name } = places
        const known = Math.max(memory.positionOf(name), after)
        const [past, ...others] = yield* log.readAll([places.guarded, ...places.read])
        if (past!.position < known) return yield* behind()
        const base = Projection.fold(command.state, factsOf(others))
        const state = Projection.fold(command.state, factsOf([past!]), base)
        if (others.length > 0) memory.saw(places.base, { ...untouched, facts: [] }, command.state, base)
        memory.saw(name, past!, command.state, state)

        const own = past!.facts.filter(({ commandId }) => commandId === origin.commandId)
        if (own.length > 0) return yield* repeated(own, origin)
        const decision: Command.Decision<Fact, Fact> = command.decide(state, input)
        if (isFacts(decision) && decision.length > 0) {
          return yield* leap(command, places, state, past!, decision, origin)
        }
        yield* (yield* RefusalLimit)(name)
        const line = { ...origin, id: derive(`${origin.commandId}/none`), place: name }
        if (isFacts(decision)) {
          yield* audit.write({ ...line, outcome: "unchanged" })
          return { ...receipt(board, origin, [], false), seq: past!.position }
        }
        yield* audit.write({ ...line, outcome: "refused", refusal: decision })
        return yield* Effect.fail(new Refused({ refusal: decision, correlationId: origin.correlationId }))
      })

      const repeated = (own: ReadonlyArray<Recorded>, origin: Origin) =>
        own[0]?.commandHash === origin.commandHash
          ? Effect.succeed(receipt(board, own[0], own, true))
          : Effect.fail(new CommandIdReused({ commandId: origin.commandId }))

      /** The log has seen these fact ids. Unless they are in this place, they belong to another command. */
      const foundOrReused = Effect.fnUntraced(function* (
        { guarded, name }: Places,
        origin: Origin,
        position?: number
      ): Effect.fn.Return<Receipt, CommandIdReused | LogUnavailable | Unreadable> {
        const { facts } = yield* log.read(guarded)
        const own = facts.filter(({ commandId }) => commandId === origin.commandId)
        if (own.length > 0) return yield* repeated(own, origin)
        const there = position === undefined ? Option.none() : yield* log.at(position)
        const isElsewhere = Option.exists(there, ({ place }) => place !== name)
        const failure = isElsewhere ? new CommandIdReused({ commandId: origin.commandId }) : behind()
        return yield* Effect.fail(failure)
      })

      /** If it is nowhere to be seen, it is looked for a few times more; then it is somewhere else. */
      const found = (places: Places, origin: Origin, position?: number) =>
        foundOrReused(places, origin, position).pipe(
          Effect.retry({ schedule: aFewTimes, while: Predicate.isTagged("LogUnavailable") }),
          Effect.catchTag("LogUnavailable", (unavailable) =>
            Effect.fail(position === undefined ? new CommandIdReused({ commandId: origin.commandId }) : unavailable)
          )
        )

      const execute = Effect.fnUntraced(function* (command: Command.Any, input: unknown, about: About) {
        const begin = yield* Clock.currentTimeMillis
        const places = yield* Effect.fromResult(plans.places(command, input))
        const commandId = about.commandId ?? (yield* ids.fresh)
        const origin: Origin = {
          command: command.name,
          commandId,
          commandHash: digest([command.name, input]),
          actor: about.actor,
          correlationId: about.correlationId ?? places.correlationId,
          causationId: about.causationId ?? commandId,
          time: new Date(begin).toISOString(),
          traceparent: about.traceparent
        }
        const mayBeDone = about.commandId !== undefined && memory.mayHaveDone(places.name, commandId)
        const least = about.after?.place === places.name ? about.after.position : 0
        const isOld = memory.positionOf(places.name) < least
        const remembered = mayBeDone || isOld ? undefined : yield* fromMemory(command, input, places, origin)
        if (remembered) return remembered
        const once = fromLog(command, input, places, origin, least).pipe(
          Effect.catchTag("AlreadyAppended", ({ position }) => found(places, origin, position))
        )
        const spent = (yield* Clock.currentTimeMillis) - begin
        return yield* Effect.catchTag(once, ["Conflict", "LogUnavailable"], () =>
          once.pipe(
            Effect.retry({ schedule: onConflict, while: Predicate.isTagged("Conflict") }),
            Effect.catchTag("Conflict", ({ place }) => Effect.fail(new Contended({ place }))),
            Effect.retry({ schedule: whileUnavailable, while: Predicate.isTagged("LogUnavailable") })
          )
        ).pipe(
          Effect.timeoutOrElse({
            duration: Math.max(1, budget - spent),
            orElse: () => Effect.fail(new LogUnavailable({ reason: "it did not answer in time" }))
          }),
          // A log that was made anew knows less than is remembered, and is right all the same.
          Effect.tapErrorTag("LogUnavailable", () => Effect.sync(() => memory.forget(places.name)))
        )
      })

      return { execute, dryRun: dryRunner(log, plans) } as Commands["Service"]
    })
  )

const factsOf = (pasts: ReadonlyArray<Past>) => pasts.flatMap(({ facts }) => facts.map(({ fact }) => fact))

/** What is known of a command's place where it looks at no other: nothing yet. */
const nowhere = ({ state }: Command.Any) => ({ states: new Map([[state, state.initial]]) })

const receipt = (
  board: Board.Any,
  { correlationId }: Origin,
  facts: ReadonlyArray<Recorded>,
  duplicate: boolean
): Receipt => ({
  stream: board.name,
  seq: facts.at(-1)?.position ?? 0,
  duplicate,
  correlationId,
  facts: facts.map(({ id, fact, subject, position }) => ({ id, type: fact._tag, subject, position }))
})
