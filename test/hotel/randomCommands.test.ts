import { deepStrictEqual } from "node:assert"
import { isDeepStrictEqual } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect } from "effect"
import { Board, Boundary, type Command, Key, Projection, type Slice } from "#domain/model/index.ts"
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
import { violations, invariants } from "./invariants.ts"

const hotel: Board.Any = hotelBooking
const factsOf = (log: ReadonlyArray<RecordedEvent>): ReadonlyArray<DomainEvent> => log.map(({ event }) => event)
const ownOf = (log: ReadonlyArray<RecordedEvent>, { commandId }: Answer) =>
  log.filter((fact) => fact.commandId === commandId)
const placeOf = ({ command, input }: Answer): Boundary.StreamId => Boundary.streamId(command.guards, input)

/** What the caller is told of a command that left these facts. */
const receiptOf = (answer: Answer, own: ReadonlyArray<RecordedEvent>, seq = own.at(-1)?.position) => ({
  stream: "hotel",
  seq,
  correlationId: placeOf(answer).key,
  facts: own.map(({ event, id, position, subject }) => ({ id, type: event._tag, subject, position }))
})

/** One after the other: each answer, and what it left, is what the command's rule says of all that was before. */
const isLived = ({ answers, log }: DayResult) => {
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
      const newest = log.slice(0, answer.to).findLast(({ streamId }) => streamId === Boundary.format(placeOf(answer)))
      deepStrictEqual(factsOf(added), decision)
      deepStrictEqual(answer.receipt, { ...receiptOf(answer, added, newest?.position), duplicate: false })
    } else {
      deepStrictEqual(added, [])
      deepStrictEqual(answer.rejection, decision)
    }
  }
  deepStrictEqual(log.length, length)
}

/** Many at once: there is an order, the log's, in which each was decided as its rule says. */
const isSerializable = ({ answers, log }: DayResult) => {
  for (const [commandId, own] of Map.groupBy(log, ({ commandId }) => commandId)) {
    const same = answers.filter((answer) => answer.commandId === commandId)
    const first = own[0]!.position
    deepStrictEqual(
      own.map(({ position }) => position),
      own.map((_, n) => first + n)
    )
    deepStrictEqual(factsOf(own), oracleDecision(hotel, same[0]!, log.slice(0, first - 1)))
    const told = same.flatMap(({ receipt }) => (receipt?.facts.length ? [receipt] : []))
    for (const { duplicate: _, ...receipt } of told) deepStrictEqual(receipt, receiptOf(same[0]!, own))
    deepStrictEqual(told.filter(({ duplicate }) => !duplicate).length, 1)
  }
  for (const answer of answers) {
    if (answer.receipt?.facts.length) continue
    deepStrictEqual(ownOf(log.slice(0, answer.from), answer), [])
    const moments = Array.from({ length: answer.to - answer.from + 1 }, (_, n) => log.slice(0, answer.from + n))
    const said = answer.rejection ?? []
    assert.isTrue(moments.some((before) => isDeepStrictEqual(oracleDecision(hotel, answer, before), said)))
  }
}

const roomsAndNights = [1, 2, 3].flatMap((id) => nights.map((date) => ({ room: { id }, date })))

/** What a row is by definition: the fold of its facts, and who changed it last. */
const rowOf = ({ key, shows }: Slice.View<any, any>, about: object, log: ReadonlyArray<RecordedEvent>) => {
  const path = (of: object) => Key.toBucketKey(Key.tokens(key as Key.Key, of as never))
  const types = new Set(shows.reads.map((fact: { readonly identifier: string }) => fact.identifier))
  const own = log.filter(({ event }) => types.has(event._tag) && path(event) === path(about))
  const last = own.at(-1)
  const stamp = last && { updatedAt: last.time, updatedBy: last.actor, position: last.position }
  return { ...Key.pick(key as Key.Key, about as never), ...Projection.fold(shows, factsOf(own)), ...stamp }
}

const viewsAgree = ({ log, views }: DayResult) =>
  Effect.forEach(Board.views(hotel), (view) =>
    Effect.forEach(roomsAndNights, (about) =>
      Effect.map(views.get(view, about, log.length), (row) => assert.deepStrictEqual(row, rowOf(view, about, log)))
    )
  )

const runs = { arbitrary: { runs: 400, size: 80 }, timeout: 60_000 }

describe("Whatever is asked of the hotel,", () => {
  it.live.prop(
    "one after the other: its laws hold, each answer is its rule's, and the read models are their folds",
    [anyDay],
    ([day]) =>
      Effect.gen(function* () {
        const lived = yield* runDay(hotel, day)
        deepStrictEqual(violations(lived.log), [])
        isLived(lived)
        yield* viewsAgree(lived)
      }).pipe(Effect.scoped),
    runs
  )

  it.live.prop(
    "32 at once: its laws hold, and the log is an order in which each answer is its rule's",
    [anyDay],
    ([day]) =>
      Effect.gen(function* () {
        const lived = yield* runDay(hotel, day, { concurrency: 32 })
        deepStrictEqual(violations(lived.log), [])
        isSerializable(lived)
        yield* viewsAgree(lived)
      }).pipe(Effect.scoped),
    runs
  )
})

describe("A process that comes to a place after another one", () => {
  const asks = (process: 0 | 1, command: Day["steps"][number]["command"]) =>
    ({ process, command, room: 1, client: 1, night: 2, again: 0 }) as const

  for (const command of ["CleanRoom", "ScheduleCleaning"] as const) {
    it.live(`does not take it for untouched: ${command}`, () =>
      Effect.gen(function* () {
        const steps = [asks(1, "AddRoom"), asks(1, "ScheduleCleaning"), asks(0, "BookRoom"), asks(0, command)]
        const lived = yield* runDay(hotel, { rooms: 1, clients: 1, nights: 2, remembers: 50_000, steps })
        deepStrictEqual(violations(lived.log), [])
        isLived(lived)
      }).pipe(Effect.scoped)
    )
  }
})

/** The same days each time, lived through on a board. */
const lives = (board: Board.Any, count: number, circumstances?: RunOptions) =>
  Arbitrary.sampleEffect(anyDay, { count, size: 80, seed: "a few days" }).pipe(
    Effect.flatMap((days) => Effect.forEach(days, (day) => Effect.scoped(runDay(board, day, circumstances))))
  )

describe("What is asked of the hotel", () => {
  it.live("reaches every fact, every refusal, and repeated commands", () =>
    Effect.gen(function* () {
      const lived = yield* lives(hotel, 100)
      const answers = lived.flatMap(({ answers }) => answers)
      const seen = new Map<string, number>()
      const see = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
      for (const { log } of lived) for (const { event } of log) see(event._tag)
      for (const { receipt, rejection } of answers) {
        if (rejection) see(rejection._tag)
        if (receipt?.duplicate) see("duplicate")
        if (receipt && receipt.facts.length === 0) see("unchanged")
      }
      for (const { event } of lived.flatMap(({ log }) => log)) if ("team" in event) see(`${event._tag} with a team`)
      const wanted = [
        ...Board.events(hotel).map(({ identifier }) => identifier),
        ...Board.commands(hotel).flatMap(({ rejects }) => rejects.map((of: { identifier: string }) => of.identifier)),
        "duplicate",
        "unchanged",
        "RoomCleanedUp with a team"
      ]
      for (const what of wanted) assert.isAtLeast(seen.get(what) ?? 0, 10, what)
    })
  )

  it.live("leads to conflicts, where it is asked at once", () =>
    Effect.gen(function* () {
      const { conflicts, log } = countingConflicts()
      // Between the two processes only: within one, commands on one event stream take turns.
      yield* lives(hotel, 45, { concurrency: 32, log })
      assert.isAtLeast(conflicts(), 100)
    })
  )
})

describe("A hotel that breaks a law is caught:", () => {
  type Decide = (state: any, input: any) => unknown
  const rule = (name: string) => Board.commands(hotel).find((command) => command.name === name)!.decide as Decide

  /** The hotel, with another rule for one command. */
  const sabotaged = (name: string, decide: Decide): Board.Any => {
    const otherwise = (command: Command.Any): Command.Any => (command.name === name ? { ...command, decide } : command)
    return {
      ...hotel,
      slices: hotel.slices.map((slice): Slice.Any => {
        if (slice._tag === "Change") return { ...slice, command: otherwise(slice.command) }
        return slice._tag === "Automation" ? { ...slice, issues: otherwise(slice.issues) } : slice
      })
    }
  }
  const believing = (name: string, belief: object) =>
    sabotaged(name, (state, input) => rule(name)({ ...state, ...belief }, input))
  const leaving = (name: string, change: (facts: ReadonlyArray<DomainEvent>) => ReadonlyArray<DomainEvent>) =>
    sabotaged(name, (state, input) => {
      const decision = rule(name)(state, input)
      return Array.isArray(decision) ? change(decision) : decision
    })

  const saboteurs: Record<keyof typeof invariants, Board.Any> = {
    "a room is added once": sabotaged("AddRoom", (_, input) => rule("AddRoom")(false, input)),
    "a room that is booked was added": believing("BookRoom", { exists: true }),
    "a night is booked once": believing("BookRoom", { booked: false }),
    "cleaning is scheduled once": sabotaged("ScheduleCleaning", (_, input) => rule("ScheduleCleaning")("open", input)),
    "no cleaning is scheduled for a clean room": sabotaged("ScheduleCleaning", (_, input) =>
      rule("ScheduleCleaning")("open", input)
    ),
    "a room that is cleaned was booked": believing("CleanRoom", { booked: true }),
    "a room is cleaned once": believing("CleanRoom", { clean: false }),
    "the team that cleaned is the one that was scheduled": believing("CleanRoom", { team: "green" }),
    "a room that is clean is available at once": leaving("CleanRoom", (facts) => facts.slice(0, 1)),
    "a room that is available was cleaned just now": leaving("CleanRoom", (facts) => facts.slice(1)),
    "who checks in has booked": sabotaged("CheckIn", (stay, input) =>
      rule("CheckIn")({ ...stay, client: input.client }, input)
    ),
    "who checks in finds the room available": believing("CheckIn", { ready: true }),
    "a guest checks in once": believing("CheckIn", { checkedIn: false })
  }
  for (const [law, board] of Object.entries(saboteurs)) {
    it.live(law, () =>
      Effect.gen(function* () {
        const caught = (yield* lives(board, 30)).flatMap(({ log }) => violations(log))
        assert.isTrue(caught.some((sentence) => sentence.startsWith(law)))
      })
    )
  }

  it.live("a log that does not guard its places", () =>
    Effect.gen(function* () {
      const lived = yield* lives(hotel, 30, { concurrency: 32, log: withoutVersionCheck })
      assert.isNotEmpty(lived.flatMap(({ log }) => violations(log)))
      assert.throws(() => lived.forEach(isSerializable))
    })
  )
})
