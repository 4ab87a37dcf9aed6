import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Clock, Context, Effect, Layer, Predicate, Result, Schema } from "effect"
import { Board, type Command } from "#domain/model/index.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import type { Receipt } from "#layers/commands/Receipt.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { appBoards } from "#test/support/appBoards.ts"
import { appendGiven } from "#test/support/appendGiven.ts"
import type { Backend } from "#test/support/backends.ts"
import { commandScenarios } from "#test/support/commandScenarios.ts"

/** A short window, so that the server's detection of duplicates does not hide a missing one of this process. */
const withShortDuplicateWindow = (board: Board.Any): Board.Any => ({
  ...board,
  log: { ...board.log, duplicateWindow: "100 millis" }
})

/** The values that the scenarios of a board use for the fields of its commands, by field name. */
const fieldValuesOf = (board: Board.Any): ReadonlyMap<string, ReadonlyArray<unknown>> => {
  const inputs = commandScenarios(board).flatMap((scenario) => scenario.inputs)
  const valuesByField = Map.groupBy(inputs.flatMap(Object.entries), ([name]) => name)
  const distinct = (values: ReadonlyArray<unknown>) =>
    Array.from(new Map(values.map((value) => [JSON.stringify(value), value])).values())
  return new Map(Array.from(valuesByField, ([name, entries]) => [name, distinct(entries.map(([, value]) => value))]))
}

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

const Step = Schema.Struct({
  command: upTo(99),
  valueIndexes: Schema.Array(upTo(99)).check(Schema.isMinLength(6), Schema.isMaxLength(6)),
  /** When the command is repeated: concurrently, next, or after some others; and whether by a restarted process. */
  again: Schema.Literals(["at once", "next", "later"]),
  restarted: Schema.Boolean
})
const Run = Schema.Struct({
  scenario: upTo(99),
  /** The first one is the command of the scenario. */
  steps: Schema.Array(Step).check(Schema.isMinLength(1), Schema.isMaxLength(30))
})
const anyRun = Arbitrary.schema(Run)

interface RequestedCommand {
  readonly command: Command.Any
  readonly input: object
  readonly commandId: string
}

/** A scenario of a command: what is stored before, and when. */
interface Beginning {
  readonly given: ReadonlyArray<DomainEvent>
  readonly at: string
  readonly command: Command.Any
  readonly input: object
}

/** Where runs begin: with each command of a scenario, and with the first one on an empty log. */
const beginningsOf = (board: Board.Any): ReadonlyArray<Beginning> => {
  const beginnings = commandScenarios(board).flatMap(({ circumstances, command, given, inputs }) =>
    inputs.map((input) => ({ given, at: circumstances.at ?? "2022-12-12T00:00:00Z", command, input }))
  )
  return [...beginnings, { ...beginnings[0]!, given: [] }]
}

/** Builds commands with inputs from the values of the board's scenarios. */
const requestBuilder = (board: Board.Any) => {
  const commands = Board.commands(board)
  const fieldValues = fieldValuesOf(board)
  return ({ command: nth, valueIndexes }: typeof Step.Type, n: number): RequestedCommand => {
    const command = commands[nth % commands.length]!
    const fields = Object.keys(command.input.fields)
    const input = fields.map((name, at) => {
      const values = fieldValues.get(name)!
      return [name, values[valueIndexes[at % valueIndexes.length]! % values.length]]
    })
    return { command, input: Object.fromEntries(input), commandId: `step-${n}` }
  }
}

type Outcome = Result.Result<Receipt, { readonly _tag: string; readonly rejection?: DomainEvent }>

const process = (board: Board.Any) =>
  Effect.map(Layer.build(Layer.fresh(CommandHandler.layer(board)).pipe(Layer.provide(Ids.layer))), (context) =>
    Context.get(context, Commands)
  )

const executeRequest = ({ execute }: Commands["Service"], { command, commandId, input }: RequestedCommand) =>
  Effect.result(execute(command, input, { actor: "anybody", commandId })) as Effect.Effect<Outcome>

/** How many events the command appended. */
const eventCount = (outcome: Outcome): number => (Result.isSuccess(outcome) ? outcome.success.facts.length : 0)
const appendedEvents = (outcome: Outcome): boolean => eventCount(outcome) > 0
const isDuplicate = (outcome: Outcome): boolean => Result.isSuccess(outcome) && outcome.success.duplicate

/** The second outcome equals the first, except for `duplicate`. */
const assertSameOutcome = (first: Outcome, second: Outcome) => {
  if (Result.isSuccess(first)) {
    const again = { ...first.success, duplicate: appendedEvents(first) }
    return assert.deepStrictEqual(Result.isSuccess(second) && second.success, again)
  }
  assert.isTrue(Predicate.isTagged(first.failure, "Refused"), JSON.stringify(first.failure))
  assert.deepStrictEqual(Result.isFailure(second) && second.failure, first.failure)
}

const runSteps = (board: Board.Any, beginning: Beginning, steps: ReadonlyArray<typeof Step.Type>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    yield* appendGiven(board, beginning.given)
    let current = yield* process(board)
    const earlier: Array<{ readonly request: RequestedCommand; readonly first: Outcome }> = []
    const requestOf = requestBuilder(board)
    const types = Board.events(board).map(({ identifier }) => identifier)
    const assertIdempotent = Effect.fnUntraced(function* (request: RequestedCommand, first: Outcome) {
      const before = yield* log.lastPosition()
      assertSameOutcome(first, yield* executeRequest(current, request))
      assert.strictEqual(yield* log.lastPosition(), before, "a repeated command appended something")
    })
    for (const [n, step] of steps.entries()) {
      const request = n === 0 ? { ...beginning, commandId: "step-0" } : requestOf(step, n)
      const other = step.restarted ? yield* process(board) : current
      if (step.again === "at once") {
        const before = yield* log.lastPosition()
        const outcomes = yield* Effect.all([executeRequest(current, request), executeRequest(other, request)], {
          concurrency: 2
        })
        const [first, second] = isDuplicate(outcomes[0]) ? ([outcomes[1], outcomes[0]] as const) : outcomes
        assertSameOutcome(first, second)
        const appended = yield* log.readRange(types, before, yield* log.lastPosition(types))
        assert.lengthOf(appended, eventCount(first), "two concurrent duplicates appended twice")
        earlier.push({ request, first })
      } else {
        const first = yield* executeRequest(current, request)
        current = other
        if (step.again === "next") yield* assertIdempotent(request, first)
        earlier.push({ request, first })
      }
      // A rejection is not stored, so a repetition may have another outcome; events are final.
      const old = earlier[(step.valueIndexes[0]! * 7) % earlier.length]!
      if (appendedEvents(old.first)) yield* assertIdempotent(old.request, old.first)
    }
    for (const { request, first } of earlier) if (appendedEvents(first)) yield* assertIdempotent(request, first)
    return earlier
  })

const boards = [...appBoards, library].map(withShortDuplicateWindow)

/** Time stands still, so that every step meets the rules as its scenario does. */
const clockAt = (at: string) =>
  Effect.map(Clock.Clock, (clock): Clock.Clock =>
    Object.assign(Object.create(clock), { currentTimeMillis: Effect.succeed(Date.parse(at)) })
  )

const runOn = (backend: Backend, board: Board.Any, { scenario, steps }: typeof Run.Type) => {
  const beginnings = beginningsOf(board)
  const beginning = beginnings[scenario % beginnings.length]!
  return Effect.flatMap(clockAt(beginning.at), (clock) =>
    Effect.provideService(runSteps(board, beginning, steps), Clock.Clock, clock)
  ).pipe(Effect.provide(Layer.fresh(backend.services(board))), Effect.scoped)
}

/** A repeated command has no effect, and its outcome is the first one. */
export const repeated = (backend: Backend, runs: number) =>
  describe(`A repeated command on ${backend.name}`, () => {
    for (const board of boards) {
      it.live.prop(
        `appends nothing and has the same outcome: every command of ${board.title}`,
        [anyRun],
        ([run]) => runOn(backend, board, run),
        { arbitrary: { runs, size: 60 }, timeout: 120_000 }
      )
    }
  })

/** Checks that the steps of the property above cover every command with each of its outcomes. */
export const coverage = (backend: Backend) =>
  describe("The repeated commands", () => {
    for (const board of boards) {
      it.live(`include every command of ${board.title}, with each outcome that its scenarios have`, () =>
        Effect.gen(function* () {
          const count = beginningsOf(board).length
          const samples = yield* Arbitrary.sampleEffect(anyRun, { count, size: 60, seed: "every command" })
          const seen = new Set<string>()
          for (const [scenario, { steps }] of samples.entries()) {
            for (const { request, first } of yield* runOn(backend, board, { scenario, steps })) {
              const result = appendedEvents(first) ? "done" : Result.isSuccess(first) ? "unchanged" : "rejected"
              seen.add(`${request.command.name}: ${result}`)
            }
          }
          for (const { command, then } of commandScenarios(board)) {
            const outcome = !Array.isArray(then) ? "rejected" : then.length > 0 ? "done" : "unchanged"
            assert.include(Array.from(seen), `${command.name}: ${outcome}`)
          }
        })
      )
    }
  })
