import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Context, Effect, Layer, Predicate, Result, Schema } from "effect"
import { Board, type Command } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import * as Execute from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import type { Receipt } from "#layers/commands/Receipt.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { library } from "#test/boards/libraryBoard.ts"
import type { Backend } from "#test/support/backends.ts"

/** The duplicate window would hide it if it were the server alone that knew a command again. */
const withShortDuplicateWindow = (board: Board.Any): Board.Any => ({
  ...board,
  log: { ...board.log, duplicateWindow: "100 millis" }
})

/** What the scenarios of a board put into the fields of its commands, by the fields' names. */
const fieldValuesOf = (board: Board.Any): ReadonlyMap<string, ReadonlyArray<unknown>> => {
  const inputs: ReadonlyArray<object> = [
    ...Board.commandSlices(board).flatMap(({ scenarios }) =>
      Object.values<{ when: object }>(scenarios).map(({ when }) => when)
    ),
    ...Board.automations(board).flatMap(({ react, scenarios }) =>
      Object.values<{ when: DomainEvent }>(scenarios).flatMap(({ when }) => react(when))
    )
  ]
  const valuesByField = Map.groupBy(inputs.flatMap(Object.entries), ([name]) => name)
  const distinct = (values: ReadonlyArray<unknown>) =>
    Array.from(new Map(values.map((value) => [JSON.stringify(value), value])).values())
  return new Map(Array.from(valuesByField, ([name, entries]) => [name, distinct(entries.map(([, value]) => value))]))
}

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

const Step = Schema.Struct({
  command: upTo(99),
  words: Schema.Array(upTo(99)).check(Schema.isMinLength(6), Schema.isMaxLength(6)),
  /** When it comes again: at the same time, next, or after some others; and whether to a process that has just begun. */
  again: Schema.Literals(["at once", "next", "later"]),
  restarted: Schema.Boolean
})
const anySteps = Arbitrary.array(Arbitrary.schema(Step), { minLength: 1, maxLength: 30 })

interface RequestedCommand {
  readonly command: Command.Any
  readonly input: object
  readonly commandId: string
}

/** What is asked, in the words of the board's own scenarios. */
const requestBuilder = (board: Board.Any) => {
  const commands = Board.commands(board)
  const fieldValues = fieldValuesOf(board)
  return ({ command: nth, words }: typeof Step.Type, n: number): RequestedCommand => {
    const command = commands[nth % commands.length]!
    const fields = Object.keys(command.input.fields)
    const input = fields.map((name, at) => {
      const values = fieldValues.get(name)!
      return [name, values[words[at % words.length]! % values.length]]
    })
    return { command, input: Object.fromEntries(input), commandId: `step-${n}` }
  }
}

type Answer = Result.Result<Receipt, { readonly _tag: string; readonly rejection?: DomainEvent }>

const process = (board: Board.Any) =>
  Effect.map(Layer.build(Layer.fresh(Execute.layer(board)).pipe(Layer.provide(Ids.layer))), (context) =>
    Context.get(context, Commands)
  )

const executeRequest = ({ execute }: Commands["Service"], { command, commandId, input }: RequestedCommand) =>
  Effect.result(execute(command, input, { actor: "anybody", commandId })) as Effect.Effect<Answer>

/** How many facts the command left. */
const eventCount = (answer: Answer): number => (Result.isSuccess(answer) ? answer.success.facts.length : 0)
const appendedEvents = (answer: Answer): boolean => eventCount(answer) > 0
const isDuplicate = (answer: Answer): boolean => Result.isSuccess(answer) && answer.success.duplicate

/** The same answer, but for what says that it is not the first. */
const assertSameAnswer = (first: Answer, second: Answer) => {
  if (Result.isSuccess(first)) {
    const again = { ...first.success, duplicate: appendedEvents(first) }
    return assert.deepStrictEqual(Result.isSuccess(second) && second.success, again)
  }
  assert.isTrue(Predicate.isTagged(first.failure, "Refused"), JSON.stringify(first.failure))
  assert.deepStrictEqual(Result.isFailure(second) && second.failure, first.failure)
}

const runSteps = (board: Board.Any, steps: ReadonlyArray<typeof Step.Type>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    let current = yield* process(board)
    const earlier: Array<{ readonly asked: RequestedCommand; readonly first: Answer }> = []
    const requestOf = requestBuilder(board)
    const assertIdempotent = Effect.fnUntraced(function* (one: RequestedCommand, first: Answer) {
      const before = yield* log.lastPosition()
      assertSameAnswer(first, yield* executeRequest(current, one))
      assert.strictEqual(yield* log.lastPosition(), before, "a repeated command left something")
    })
    for (const [n, step] of steps.entries()) {
      const one = requestOf(step, n)
      const other = step.restarted ? yield* process(board) : current
      if (step.again === "at once") {
        const before = yield* log.lastPosition()
        const answers = yield* Effect.all([executeRequest(current, one), executeRequest(other, one)], {
          concurrency: 2
        })
        const [first, second] = isDuplicate(answers[0]) ? ([answers[1], answers[0]] as const) : answers
        assertSameAnswer(first, second)
        assert.strictEqual(yield* log.lastPosition(), before + eventCount(first), "two at once left more than one")
        earlier.push({ asked: one, first })
      } else {
        const first = yield* executeRequest(current, one)
        current = other
        if (step.again === "next") yield* assertIdempotent(one, first)
        earlier.push({ asked: one, first })
      }
      // A refusal is not remembered, and may be another answer by now; facts are for ever.
      const old = earlier[(step.words[0]! * 7) % earlier.length]!
      if (appendedEvents(old.first)) yield* assertIdempotent(old.asked, old.first)
    }
    for (const { asked, first } of earlier) if (appendedEvents(first)) yield* assertIdempotent(asked, first)
    return earlier
  })

const boards = [withShortDuplicateWindow(hotelBooking), withShortDuplicateWindow(library)]

const runStepsOn = (backend: Backend, board: Board.Any, steps: ReadonlyArray<typeof Step.Type>) =>
  runSteps(board, steps).pipe(Effect.provide(Layer.fresh(backend.services(board))), Effect.scoped)

/** Whatever is asked, and however often: the first time counts, and the answer is always the first. */
export const repeated = (backend: Backend, runs: number) =>
  describe(`The same command twice, on ${backend.name},`, () => {
    for (const board of boards) {
      it.live.prop(
        `adds nothing and is answered alike: every command of ${board.title}`,
        [anySteps],
        ([steps]) => runStepsOn(backend, board, steps),
        { arbitrary: { runs, size: 60 }, timeout: 120_000 }
      )
    }
  })

/** The property above is worth nothing where it reaches nothing. */
export const coverage = (backend: Backend) =>
  describe("What is asked twice", () => {
    for (const board of boards) {
      it.live(`is every command of ${board.title}, done, and refused or with nothing to do`, () =>
        Effect.gen(function* () {
          const days = yield* Arbitrary.sampleEffect(anySteps, { count: 12, size: 60, seed: "every command" })
          const seen = new Set<string>()
          for (const steps of days) {
            for (const { asked, first } of yield* runStepsOn(backend, board, steps)) {
              const what = appendedEvents(first) ? "done" : Result.isSuccess(first) ? "unchanged" : "refused"
              seen.add(`${asked.command.name}: ${what}`)
            }
          }
          for (const { name, rejects } of Board.commands(board)) {
            assert.include(Array.from(seen), `${name}: done`)
            assert.include(Array.from(seen), `${name}: ${rejects.length > 0 ? "refused" : "unchanged"}`)
          }
        })
      )
    }
  })
