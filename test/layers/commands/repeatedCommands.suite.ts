import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Context, Effect, Layer, Predicate, Result, Schema } from "effect"
import { Board, type Command } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import * as Execute from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import type { Receipt } from "#layers/commands/Receipt.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import type { Fact } from "#layers/services/RecordedEvent.ts"
import { library } from "#test/boards/libraryBoard.ts"
import type { Ground } from "#test/support/services.ts"

/** The duplicate window would hide it if it were the server alone that knew a command again. */
const forgetful = (board: Board.Any): Board.Any => ({ ...board, log: { ...board.log, duplicateWindow: "100 millis" } })

/** What the scenarios of a board put into the fields of its commands, by the fields' names. */
const wordsOf = (board: Board.Any): ReadonlyMap<string, ReadonlyArray<unknown>> => {
  const inputs: ReadonlyArray<object> = [
    ...Board.changes(board).flatMap(({ scenarios }) =>
      Object.values<{ when: object }>(scenarios).map(({ when }) => when)
    ),
    ...Board.automations(board).flatMap(({ react, scenarios }) =>
      Object.values<{ when: Fact }>(scenarios).flatMap(({ when }) => react(when))
    )
  ]
  const words = Map.groupBy(inputs.flatMap(Object.entries), ([name]) => name)
  const distinct = (values: ReadonlyArray<unknown>) =>
    Array.from(new Map(values.map((value) => [JSON.stringify(value), value])).values())
  return new Map(Array.from(words, ([name, entries]) => [name, distinct(entries.map(([, value]) => value))]))
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

interface Asked {
  readonly command: Command.Any
  readonly input: object
  readonly commandId: string
}

/** What is asked, in the words of the board's own scenarios. */
const askedOf = (board: Board.Any) => {
  const commands = Board.commands(board)
  const known = wordsOf(board)
  return ({ command: nth, words }: typeof Step.Type, n: number): Asked => {
    const command = commands[nth % commands.length]!
    const fields = Object.keys(command.input.fields)
    const input = fields.map((name, at) => {
      const values = known.get(name)!
      return [name, values[words[at % words.length]! % values.length]]
    })
    return { command, input: Object.fromEntries(input), commandId: `step-${n}` }
  }
}

type Answer = Result.Result<Receipt, { readonly _tag: string; readonly refusal?: Fact }>

const process = (board: Board.Any) =>
  Effect.map(Layer.build(Layer.fresh(Execute.layer(board)).pipe(Layer.provide(Ids.layer))), (context) =>
    Context.get(context, Commands)
  )

const ask = ({ execute }: Commands["Service"], { command, commandId, input }: Asked) =>
  Effect.result(execute(command, input, { actor: "anybody", commandId })) as Effect.Effect<Answer>

/** How many facts the command left. */
const factsOf = (answer: Answer): number => (Result.isSuccess(answer) ? answer.success.facts.length : 0)
const leftFacts = (answer: Answer): boolean => factsOf(answer) > 0
const isDuplicate = (answer: Answer): boolean => Result.isSuccess(answer) && answer.success.duplicate

/** The same answer, but for what says that it is not the first. */
const isSame = (first: Answer, second: Answer) => {
  if (Result.isSuccess(first)) {
    const again = { ...first.success, duplicate: leftFacts(first) }
    return assert.deepStrictEqual(Result.isSuccess(second) && second.success, again)
  }
  assert.isTrue(Predicate.isTagged(first.failure, "Refused"), JSON.stringify(first.failure))
  assert.deepStrictEqual(Result.isFailure(second) && second.failure, first.failure)
}

const lived = (board: Board.Any, steps: ReadonlyArray<typeof Step.Type>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    let current = yield* process(board)
    const earlier: Array<{ readonly asked: Asked; readonly first: Answer }> = []
    const asked = askedOf(board)
    const repeats = Effect.fnUntraced(function* (one: Asked, first: Answer) {
      const before = yield* log.newest()
      isSame(first, yield* ask(current, one))
      assert.strictEqual(yield* log.newest(), before, "a repeated command left something")
    })
    for (const [n, step] of steps.entries()) {
      const one = asked(step, n)
      const other = step.restarted ? yield* process(board) : current
      if (step.again === "at once") {
        const before = yield* log.newest()
        const answers = yield* Effect.all([ask(current, one), ask(other, one)], { concurrency: 2 })
        const [first, second] = isDuplicate(answers[0]) ? ([answers[1], answers[0]] as const) : answers
        isSame(first, second)
        assert.strictEqual(yield* log.newest(), before + factsOf(first), "two at once left more than one")
        earlier.push({ asked: one, first })
      } else {
        const first = yield* ask(current, one)
        current = other
        if (step.again === "next") yield* repeats(one, first)
        earlier.push({ asked: one, first })
      }
      // A refusal is not remembered, and may be another answer by now; facts are for ever.
      const old = earlier[(step.words[0]! * 7) % earlier.length]!
      if (leftFacts(old.first)) yield* repeats(old.asked, old.first)
    }
    for (const { asked, first } of earlier) if (leftFacts(first)) yield* repeats(asked, first)
    return earlier
  })

const boards = [forgetful(hotelBooking), forgetful(library)]

const livedOn = (ground: Ground, board: Board.Any, steps: ReadonlyArray<typeof Step.Type>) =>
  lived(board, steps).pipe(Effect.provide(Layer.fresh(ground.services(board))), Effect.scoped)

/** Whatever is asked, and however often: the first time counts, and the answer is always the first. */
export const repeated = (ground: Ground, runs: number) =>
  describe(`The same command twice, on ${ground.name},`, () => {
    for (const board of boards) {
      it.live.prop(
        `adds nothing and is answered alike: every command of ${board.title}`,
        [anySteps],
        ([steps]) => livedOn(ground, board, steps),
        { arbitrary: { runs, size: 60 }, timeout: 120_000 }
      )
    }
  })

/** The property above is worth nothing where it reaches nothing. */
export const reached = (ground: Ground) =>
  describe("What is asked twice", () => {
    for (const board of boards) {
      it.live(`is every command of ${board.title}, done, and refused or with nothing to do`, () =>
        Effect.gen(function* () {
          const days = yield* Arbitrary.sampleEffect(anySteps, { count: 12, size: 60, seed: "every command" })
          const seen = new Set<string>()
          for (const steps of days) {
            for (const { asked, first } of yield* livedOn(ground, board, steps)) {
              const what = leftFacts(first) ? "done" : Result.isSuccess(first) ? "unchanged" : "refused"
              seen.add(`${asked.command.name}: ${what}`)
            }
          }
          for (const { name, refuses } of Board.commands(board)) {
            assert.include(Array.from(seen), `${name}: done`)
            assert.include(Array.from(seen), `${name}: ${refuses.length > 0 ? "refused" : "unchanged"}`)
          }
        })
      )
    }
  })
