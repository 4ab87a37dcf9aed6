import { deepStrictEqual } from "node:assert"
import { isDeepStrictEqual } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, DateTime, Effect } from "effect"
import { Board, Boundary, Command, Key, Projection, Read, type Slice } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import type { DomainEvent, RecordedEvent } from "#layers/services/RecordedEvent.ts"
import {
  type Answer,
  anyDay,
  type RunOptions,
  countingConflicts,
  type Day,
  oracleDecision,
  runDay,
  type DayResult,
  nights,
  withoutVersionCheck
} from "./driver.ts"
import { invariants, partialCommands, violations } from "./invariants.ts"

const hotel: Board.Any = hotelBooking
const eventsOf = (log: ReadonlyArray<RecordedEvent>): ReadonlyArray<DomainEvent> => log.map(({ event }) => event)
const ownOf = (log: ReadonlyArray<RecordedEvent>, { commandId }: Answer) =>
  log.filter((recorded) => recorded.commandId === commandId)
/** The event streams that must not change between load and append. */
const streamIdsOf = ({ command, input }: Answer): ReadonlyArray<Boundary.StreamId> =>
  Command.reads(command).flatMap(({ read, use }) => (use === "trusts" ? [] : Read.streamIds(read, input)))

/** The receipt of a command that appended these events. */
const receiptOf = (answer: Answer, own: ReadonlyArray<RecordedEvent>, seq = own.at(-1)?.position) => ({
  stream: "hotel",
  seq,
  correlationId: streamIdsOf(answer)[0]!.key,
  facts: own.map(({ event, id, position, subject }) => ({ id, type: event._tag, subject, position }))
})

/** One after the other: each answer, and the events of each command, are what its `decide` returns for the log before. */
const assertSequential = ({ answers, log }: DayResult) => {
  let length = 0
  for (const answer of answers) {
    deepStrictEqual(answer.from, length)
    length = answer.to
    const before = log.slice(0, answer.from)
    const added = log.slice(answer.from, answer.to)
    const done = ownOf(before, answer)
    if (done.length > 0) {
      deepStrictEqual(added, [])
      deepStrictEqual(answer.receipt, { ...receiptOf(answer, done), duplicate: true })
      continue
    }
    const decision = oracleDecision(hotel, answer, before)
    if (Array.isArray(decision)) {
      const streamIds = new Set(streamIdsOf(answer).map(Boundary.format))
      const newest = log.slice(0, answer.to).findLast(({ streamId }) => streamIds.has(streamId))
      deepStrictEqual(eventsOf(added), decision)
      deepStrictEqual(answer.receipt, { ...receiptOf(answer, added, newest?.position ?? 0), duplicate: false })
    } else {
      deepStrictEqual(added, [])
      deepStrictEqual(answer.rejection, decision)
    }
  }
  deepStrictEqual(log.length, length)
}

/** Concurrently: in the order of the log, each command's events are what its `decide` returns for the log before. */
const assertSerializable = ({ answers, log }: DayResult) => {
  for (const [commandId, own] of Map.groupBy(log, ({ commandId }) => commandId)) {
    const same = answers.filter((answer) => answer.commandId === commandId)
    const first = own[0]!.position
    deepStrictEqual(
      own.map(({ position }) => position),
      own.map((_, n) => first + n)
    )
    deepStrictEqual(eventsOf(own), oracleDecision(hotel, same[0]!, log.slice(0, first - 1)))
    const receipts = same.flatMap(({ receipt }) => (receipt?.facts.length ? [receipt] : []))
    for (const { duplicate: _, ...receipt } of receipts) deepStrictEqual(receipt, receiptOf(same[0]!, own))
    deepStrictEqual(receipts.filter(({ duplicate }) => !duplicate).length, 1)
  }
  for (const answer of answers) {
    if (answer.receipt?.facts.length) continue
    deepStrictEqual(ownOf(log.slice(0, answer.from), answer), [])
    const prefixes = Array.from({ length: answer.to - answer.from + 1 }, (_, n) => log.slice(0, answer.from + n))
    const answered = answer.rejection ?? []
    assert.isTrue(prefixes.some((before) => isDeepStrictEqual(oracleDecision(hotel, answer, before), answered)))
  }
}

const roomsAndNights = [1, 2, 3].flatMap((id) => nights.map((date) => ({ room: { id }, date })))

/** A row by definition: the fold of its events, with the stamp of the last one. */
const rowOf = ({ key, shows }: Slice.View<any, any>, about: object, log: ReadonlyArray<RecordedEvent>) => {
  const path = (of: object) => Key.toBucketKey(Key.tokens(key as Key.Key, of as never))
  const types = new Set(shows.reads.map((event: { readonly identifier: string }) => event.identifier))
  const own = log.filter(({ event }) => types.has(event._tag) && path(event) === path(about))
  const last = own.at(-1)
  const stamp = last && { updatedAt: last.time, updatedBy: last.actor, position: last.position }
  return { ...Key.pick(key as Key.Key, about as never), ...Projection.fold(shows, eventsOf(own)), ...stamp }
}

const viewsAgree = ({ log, views }: DayResult) =>
  Effect.forEach(Board.views(hotel), (view) =>
    Effect.forEach(roomsAndNights, (about) =>
      Effect.map(views.get(view, about, log.length), (row) => assert.deepStrictEqual(row, rowOf(view, about, log)))
    )
  )

const runs = { arbitrary: { runs: 400, size: 80 }, timeout: 120_000 }

describe("Random commands to the hotel", () => {
  it.live.prop(
    "one after the other: invariants hold, each answer is that of `decide`, and the read models are folds of the log",
    [anyDay],
    ([day]) =>
      Effect.gen(function* () {
        const result = yield* runDay(hotel, day)
        deepStrictEqual(violations(result.log), [])
        deepStrictEqual(partialCommands(result.answers, result.log), [])
        assertSequential(result)
        yield* viewsAgree(result)
      }).pipe(Effect.scoped),
    runs
  )

  it.live.prop(
    "32 at a time: invariants hold, and the answers are those of `decide` in the order of the log",
    [anyDay],
    ([day]) =>
      Effect.gen(function* () {
        const result = yield* runDay(hotel, day, { concurrency: 32 })
        deepStrictEqual(violations(result.log), [])
        deepStrictEqual(partialCommands(result.answers, result.log), [])
        assertSerializable(result)
        yield* viewsAgree(result)
      }).pipe(Effect.scoped),
    runs
  )
})

describe("A process that first reads an event stream after another process wrote to it", () => {
  const step = (process: 0 | 1, command: Day["steps"][number]["command"]) =>
    ({
      process,
      command,
      room: 1,
      newRoom: 1,
      client: 1,
      night: 2,
      nights: 1,
      signedInAs: 0,
      again: 0,
      raced: false
    }) as const

  for (const command of ["CleanRoom", "ScheduleCleaning"] as const) {
    it.live(`does not treat it as empty: ${command}`, () =>
      Effect.gen(function* () {
        const steps = [
          step(1, "AddRoom"),
          step(1, "BookRoom"),
          step(1, "ScheduleCleaning"),
          step(1, "CancelBooking"),
          step(0, "BookRoom"),
          step(0, command)
        ]
        const result = yield* runDay(hotel, {
          rooms: 1,
          added: 0,
          clients: 1,
          nights: 2,
          maxCachedStreams: 50_000,
          steps
        })
        deepStrictEqual(violations(result.log), [])
        assertSequential(result)
      }).pipe(Effect.scoped)
    )
  }
})

/** Runs the same days each time on a board. */
const runDays = (board: Board.Any, count: number, options?: RunOptions) =>
  Arbitrary.sampleEffect(anyDay, { count, size: 80, seed: "a few days" }).pipe(
    Effect.flatMap((days) => Effect.forEach(days, (day) => Effect.scoped(runDay(board, day, options))))
  )

describe("The random commands", () => {
  it.live(
    "cover every event, every rejection, and repeated commands",
    () =>
      Effect.gen(function* () {
        const results = yield* runDays(hotel, 100)
        const answers = results.flatMap(({ answers }) => answers)
        const counts = new Map<string, number>()
        const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
        for (const { log } of results) for (const { event } of log) count(event._tag)
        for (const { receipt, rejection } of answers) {
          if (rejection) count(rejection._tag)
          if (receipt?.duplicate) count("duplicate")
          if (receipt && receipt.facts.length === 0) count("unchanged")
        }
        for (const { event } of results.flatMap(({ log }) => log))
          if ("team" in event) count(`${event._tag} with a team`)
        const required = [
          ...Board.events(hotel).map(({ identifier }) => identifier),
          ...Board.commands(hotel).flatMap(({ rejects }) => rejects.map((of: { identifier: string }) => of.identifier)),
          "duplicate",
          "unchanged",
          "RoomCleanedUp with a team"
        ]
        for (const name of required) assert.isAtLeast(counts.get(name) ?? 0, 10, name)
      }),
    60_000
  )

  it.live("cause version conflicts when they run concurrently", () =>
    Effect.gen(function* () {
      const { conflicts, log } = countingConflicts()
      // Between the two processes only: within one, commands on one event stream are serialized.
      yield* runDays(hotel, 45, { concurrency: 32, log })
      assert.isAtLeast(conflicts(), 100)
    })
  )
})

describe("A hotel that violates an invariant is detected:", () => {
  type Decide = (states: any, input: any, context: any) => unknown
  const rule = (name: string) => Board.commands(hotel).find((command) => command.name === name)!.decide as Decide

  /** The hotel, with another `decide` for one command. */
  const mutated = (name: string, decide: Decide): Board.Any => {
    const mutate = (command: Command.Any): Command.Any => (command.name === name ? { ...command, decide } : command)
    return {
      ...hotel,
      slices: hotel.slices.map((slice): Slice.Any => {
        if (slice._tag === "Change") return { ...slice, command: mutate(slice.command) }
        return "issues" in slice ? { ...slice, issues: mutate(slice.issues) } : slice
      })
    }
  }
  /** With another state of one read. */
  const withState = (name: string, read: string, change: (state: any, input: any) => unknown) =>
    mutated(name, (states, input, context) =>
      rule(name)({ ...states, [read]: change(states[read], input) }, input, context)
    )
  const withEvents = (name: string, change: (events: ReadonlyArray<DomainEvent>) => ReadonlyArray<DomainEvent>) =>
    mutated(name, (...args) => {
      const decision = rule(name)(...args)
      return Array.isArray(decision) ? change(decision) : decision
    })
  const asOf = (name: string, time: string) =>
    mutated(name, (states, input, context) => rule(name)(states, input, { ...context, now: DateTime.makeUnsafe(time) }))

  const mutations: Record<keyof typeof invariants, Board.Any> = {
    "a room is added once": withState("AddRoom", "exists", () => false),
    "a room that is booked was added": withState("BookRoom", "exists", () => true),
    "a night is booked once, unless it was cancelled between": withState("BookRoom", "night", () => "free"),
    "who cancels has booked": withState("CancelBooking", "reservation", (state, { client }) => ({ ...state, client })),
    "nobody cancels after the check-in": withState("CancelBooking", "reservation", (state) => ({
      ...state,
      checkedIn: false
    })),
    "nobody cancels on the day of the night or later": asOf("CancelBooking", "2022-12-11T00:00:00Z"),
    "cleaning is scheduled once, unless it was called off or done between": withState(
      "ScheduleCleaning",
      "plan",
      ({ team: _, ...plan }) => plan
    ),
    "cleaning is scheduled for a booking": withState("ScheduleCleaning", "plan", (plan) => ({ ...plan, booked: true })),
    "no cleaning is scheduled for a clean room": withState("ScheduleCleaning", "plan", ({ booked }) => ({
      booked,
      clean: false
    })),
    "the team that is called off is the one that was scheduled": withState("CallOffCleaning", "plan", (plan) => ({
      ...plan,
      team: "green"
    })),
    "no cleaning of a booking is called off": withState("CallOffCleaning", "plan", (plan) => ({
      ...plan,
      booked: false
    })),
    "a room that is cleaned was booked": withState("CleanRoom", "plan", (plan) => ({ ...plan, booked: true })),
    "a room is cleaned once for a booking": withState("CleanRoom", "plan", (plan) => ({ ...plan, clean: false })),
    "the team that cleaned is the one that was scheduled": withState("CleanRoom", "plan", (plan) => ({
      ...plan,
      team: "green"
    })),
    "a room that is clean is available at once": withEvents("CleanRoom", (events) => events.slice(0, 1)),
    "a room that is available was cleaned just now": withEvents("CleanRoom", (events) => events.slice(1)),
    "a guest who checks in has booked": withState("CheckIn", "stay", (stay, { client }) => ({ ...stay, client })),
    "a guest who checks in finds the room available": withState("CheckIn", "stay", (stay) => ({
      ...stay,
      ready: true
    })),
    "a guest checks in once for a booking": withState("CheckIn", "stay", (stay) => ({ ...stay, checkedIn: false }))
  }
  for (const [invariant, board] of Object.entries(mutations)) {
    it.live(invariant, () =>
      Effect.gen(function* () {
        const found = (yield* runDays(board, 30)).flatMap(({ log }) => violations(log))
        assert.isTrue(found.some((violation) => violation.startsWith(invariant)))
      })
    )
  }

  for (const name of ["BookStay", "MoveBooking"]) {
    it.live(`${name} happens only in part`, () =>
      Effect.gen(function* () {
        const results = yield* runDays(
          withEvents(name, (events) => events.slice(0, 1)),
          30
        )
        assert.isNotEmpty(results.flatMap(({ answers, log }) => partialCommands(answers, log)))
      })
    )
  }

  it.live("a log that does not check the version of an event stream", () =>
    Effect.gen(function* () {
      const results = yield* runDays(hotel, 30, { concurrency: 32, log: withoutVersionCheck })
      assert.isNotEmpty(results.flatMap(({ log }) => violations(log)))
      assert.throws(() => results.forEach(assertSerializable))
    })
  )
})
