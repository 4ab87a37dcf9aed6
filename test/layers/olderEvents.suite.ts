import { assert, it } from "@effect/vitest"
import { Effect, Result, Schedule } from "effect"
import type { Board } from "#domain/model/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { voidPosition } from "#layers/deadLetters/voidPosition.ts"
import { type ProcessorError, ProcessorErrors } from "#layers/processors/ProcessorErrors.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { eventsOf } from "#layers/services/RecordedEvent.ts"
import { ViewHealth } from "#layers/views/ViewHealth.ts"
import { Views } from "#layers/views/Views.ts"
import {
  AcceptParcel,
  DepotOpened,
  DescribeParcel,
  MoveParcel,
  OpenDepot,
  postBefore,
  postNow,
  story,
  traffic,
  WriteAll
} from "#test/boards/postBoards.ts"
import { runningBoard, type SharedBackend } from "#test/support/backends.ts"

const parcel = { id: "p1" }
const [hill, harbour] = [{ id: "hill" }, { id: "harbour" }]
const byClerk = { actor: "Clerk" }

/** What the first board stored is read as the second one declares. */
const storyBefore = [
  "accepted of Lee, Ann: 500 g",
  "booked",
  "left hill",
  "arrived at harbour",
  "lost",
  "announced at harbour"
]

type Open = Effect.Success<SharedBackend["keep"]>

const running = (board: Board.Any, open: Open) => runningBoard(board, { services: open })

/** The board of before writes its events. */
const writeBefore = (open: Open) =>
  Effect.flatMap(Commands, ({ execute }) => execute(WriteAll, { parcel, depot: hill }, byClerk)).pipe(
    Effect.provide(running(postBefore, open)),
    Effect.scoped
  )

const until = <A, E, R>(read: Effect.Effect<A, E, R>, isDone: (value: A) => boolean) =>
  Effect.repeat(read, { until: isDone, schedule: Schedule.spaced("10 millis") })

const rowOf = (id: string) => Effect.flatMap(Views, (views) => views.get(traffic, { place: { id } }))

/** Events in older shapes, in everything that reads the log. */
export const olderEvents = (backend: SharedBackend) => {
  it.live(`a board reads the events of the board that it was before, on ${backend.name}`, () =>
    Effect.gen(function* () {
      const open = yield* backend.keep
      yield* writeBefore(open)
      yield* Effect.gen(function* () {
        const { execute } = yield* Commands
        const views = yield* Views
        const row = yield* until(views.get(story, { parcel }), ({ words }) => words.length === storyBefore.length)
        assert.deepStrictEqual(row.words, storyBefore)
        assert.deepInclude(yield* rowOf("hill"), { isOpen: true, left: 1, arrived: 0 })
        assert.deepInclude(yield* rowOf("harbour"), { isOpen: false, left: 0, arrived: 1 })

        // Decisions, on one boundary whose events changed, and on one whose key did.
        const described = yield* execute(DescribeParcel, { parcel, place: hill }, byClerk)
        assert.deepStrictEqual(
          described.facts.map(({ type }) => type),
          ["ParcelDescribed"]
        )
        const [entry] = yield* (yield* EventLog).readRange(["ParcelDescribed"], described.seq - 1, described.seq)
        assert.deepInclude((entry as { readonly event: object }).event, {
          text: `${storyBefore.join("; ")}; depot open`
        })
        assert.deepStrictEqual((yield* execute(OpenDepot, { place: hill }, byClerk)).facts, [])

        // Both shapes in one event stream, and in one row.
        yield* execute(AcceptParcel, { parcel, firstName: "Bo", lastName: "Ek", grams: 7 }, byClerk)
        const { seq } = yield* execute(MoveParcel, { parcel, from: harbour, to: hill }, byClerk)
        yield* until(views.get(story, { parcel }, seq), ({ words }) => words.at(-1) === "announced at hill")
        assert.deepInclude(yield* rowOf("hill"), { left: 1, arrived: 1 })
        assert.deepInclude(yield* rowOf("harbour"), { left: 1, arrived: 1 })
        assert.deepStrictEqual(yield* (yield* DeadLetters).all, [])
      }).pipe(Effect.provide(running(postNow, open)), Effect.scoped)
    }).pipe(Effect.scoped)
  )

  it.live(`the log keeps the stored shapes beside what they are read as, on ${backend.name}`, () =>
    Effect.gen(function* () {
      const open = yield* backend.keep
      yield* writeBefore(open)
      yield* Effect.gen(function* () {
        const messages = yield* (yield* LogReader).readStream({ boundary: "parcel", key: parcel.id })
        const readAs = messages.map((message) => {
          const recorded = Result.getOrThrow(message.event())
          const schema = message.attributes()["dataschema"]!.split(":schema:")[1]
          return [
            schema,
            eventsOf(recorded)
              .map(({ _tag }) => _tag)
              .join()
          ]
        })
        assert.deepStrictEqual(readAs, [
          ["ParcelAccepted:1", "ParcelAccepted"],
          ["ParcelReserved:1", "ParcelBooked"],
          ["ParcelScanned:1", ""],
          ["ParcelMoved:1", "ParcelLeft,ParcelArrived"],
          ["ParcelLost:1", "ParcelLost"]
        ])
        const history = yield* (yield* EventLog).read({ boundary: "depot", key: hill.id })
        assert.deepStrictEqual(history.events.flatMap(eventsOf), [new DepotOpened({ place: hill })])
      }).pipe(Effect.provide(open(postNow)), Effect.scoped)
    }).pipe(Effect.scoped)
  )

  it.live(`code that does not know a shape yet waits for its update, on ${backend.name}`, () =>
    Effect.gen(function* () {
      const open = yield* backend.keep
      const accept = { parcel, firstName: "Bo", lastName: "Ek", grams: 7 }
      yield* Effect.flatMap(Commands, ({ execute }) => execute(AcceptParcel, accept, byClerk)).pipe(
        Effect.provide(running(postNow, open)),
        Effect.scoped
      )
      yield* Effect.gen(function* () {
        const { execute } = yield* Commands
        const errors = yield* ProcessorErrors
        const deadLetters = yield* DeadLetters
        const { states } = yield* ViewHealth
        const waiting = (name: string) => Effect.map(errors.all, (all) => all.get(name))
        const isWaiting = (error: ProcessorError | undefined) => error?.waits === true && !error.over
        yield* until(waiting("automation tell"), isWaiting)
        const error = yield* until(waiting("view Written"), isWaiting)
        assert.include(
          error!.message,
          "it waits at position 1: it has version 3 of ParcelAccepted, which newer code wrote"
        )
        assert.deepStrictEqual(yield* deadLetters.all, [])
        // A decision on what it cannot read would be wrong; on other event streams it goes on.
        const failure = yield* Effect.flip(execute(WriteAll, { parcel, depot: hill }, byClerk))
        assert.strictEqual(failure._tag, "UndecodableEvent")
        // Its rows are shown as far as it can read, so that an instance that was rolled back becomes ready.
        yield* until(states, (all) => all.get("Written")?.status === "current")
        yield* execute(WriteAll, { parcel: { id: "p2" }, depot: hill }, byClerk)
        yield* until(waiting("view Written"), isWaiting)
        assert.deepStrictEqual(yield* deadLetters.all, [])
        // Unless an operator says that no code will ever read it.
        yield* voidPosition(1, { reason: "of another program", by: "Ops" })
        yield* until(waiting("view Written"), (error) => error?.over === true)
        yield* until(waiting("automation tell"), (error) => error?.over === true)
        assert.deepStrictEqual(yield* deadLetters.all, [])
      }).pipe(Effect.provide(running(postBefore, open)), Effect.scoped)
      yield* Effect.gen(function* () {
        const views = yield* Views
        const { words } = yield* until(views.get(story, { parcel: { id: "p2" } }), ({ words }) => words.length === 6)
        assert.deepStrictEqual(words, storyBefore)
        assert.deepStrictEqual(yield* (yield* DeadLetters).all, [])
      }).pipe(Effect.provide(running(postNow, open)), Effect.scoped)
    }).pipe(Effect.scoped)
  )
}
