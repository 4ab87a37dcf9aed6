import { isDeepStrictEqual } from "node:util"
import { assert } from "@effect/vitest"
import { Effect, Layer, Option, Schema } from "effect"
import { Board, Boundary, type Command, Decide, Lane } from "#domain/model/index.ts"
import { type EventLog, isUndecodable } from "#layers/services/EventLog.ts"
import { type DomainEvent, isOriginal, type RecordedEvent } from "#layers/services/RecordedEvent.ts"
import type { SharedBackend } from "./backends.ts"
import { Instances } from "./Instances.ts"
import { Word } from "./randomBoard.ts"

export const Step = Schema.Struct({
  command: Schema.Literals([0, 1, 2, 3]),
  a: Word,
  b: Word,
  process: Schema.Literals([0, 1])
})

interface Answer {
  readonly commandId: string
  readonly command: Command.Any
  readonly input: object
  /** The log had at least `from` messages before the command, and had `to` after it. */
  readonly from: number
  readonly to: number
  readonly error: { readonly _tag: string; readonly rejection?: DomainEvent } | undefined
}

export interface Run {
  readonly board: Board.Any
  readonly log: ReadonlyArray<RecordedEvent>
  readonly answers: ReadonlyArray<Answer>
}

const readLog = Effect.fnUntraced(function* (log: EventLog["Service"]) {
  const positions = Array.from({ length: yield* log.lastPosition() }, (_, n) => n + 1)
  const entries = yield* Effect.forEach(positions, log.readAt, { concurrency: 16 })
  // At the position of a check there is nothing.
  const found = entries.flatMap((entry) => Option.toArray(entry))
  const unreadable = found.find(isUndecodable)
  if (unreadable) return yield* unreadable
  return found as ReadonlyArray<RecordedEvent>
})

/** Runs steps on two processes, 12 at a time. */
export const runSteps = (
  board: Board.Any,
  backend: SharedBackend,
  steps: ReadonlyArray<typeof Step.Type>,
  maxCachedStreams: number
): Effect.Effect<Run> =>
  Effect.gen(function* () {
    const { start } = yield* Instances
    const processes = [yield* start({ maxCachedStreams }), yield* start({ maxCachedStreams })] as const
    const { log } = processes[0]
    const commands = Board.commands(board)
    const answers = yield* Effect.forEach(
      steps,
      Effect.fnUntraced(function* ({ a, b, command: nth, process }, n) {
        const [command, input, commandId] = [commands[nth % commands.length]!, { a, b }, `step-${n}`]
        const from = yield* log.lastPosition()
        const call = processes[process].execute(command, input, { actor: "anybody", commandId })
        const error = yield* Effect.match(call as Effect.Effect<unknown, NonNullable<Answer["error"]>>, {
          onSuccess: () => undefined,
          onFailure: (error) => error
        })
        const answer: Answer = { commandId, command, input, from, to: yield* log.lastPosition(), error }
        return answer
      }),
      { concurrency: 12 }
    )
    return { board, answers, log: yield* readLog(log) }
  }).pipe(
    Effect.provide(Layer.fresh(Instances.layer(board, backend))),
    Effect.scoped,
    Effect.orDie
  ) as Effect.Effect<Run>

const context = Decide.scenarioContext({}, { name: "anybody" })
const withoutTrusted = (events: unknown) =>
  JSON.parse(JSON.stringify(events, (name, value) => (name === "trusted" ? undefined : value)))
const eventsOf = (log: ReadonlyArray<RecordedEvent>) => log.filter(isOriginal).map(({ event }) => event)

/**
 * In the order of the log, the events of each command are what its `decide` gives on the log before them. A rejection is what
 * it gives on one log during the call. Each event stream that it trusts is as it was at some time before: several of them, and
 * one beside those that may not change, need not be of the same time.
 */
export const assertSerializable = ({ answers, board, log }: Run) => {
  const decideAfter = Decide.decideAfter(board)
  const decisionAt = ({ command, input }: Answer, position: number) =>
    decideAfter(command, input, eventsOf(log.filter((each) => each.position <= position)), context)
  for (const answer of answers) {
    const own = log.filter(({ commandId }) => commandId === answer.commandId)
    const { commandId, error, from, to } = answer
    if (error === undefined) {
      assert.isNotEmpty(own, commandId)
      const first = own[0]!.position
      assert.isTrue(own.every(({ position }) => position > from && position <= to))
      const events = eventsOf(own)
      assert.deepStrictEqual(withoutTrusted(events), withoutTrusted(decisionAt(answer, first - 1)), commandId)
      assertTrusted(answer, events[0], first - 1, decisionAt, log)
      continue
    }
    assert.deepStrictEqual(own, [], commandId)
    assert.include(["Refused", "StreamContended"], error._tag)
    if (error._tag !== "Refused") continue
    const during = [from, ...log.map(({ position }) => position).filter((each) => each > from && each <= to)]
    const rejection = withoutTrusted(error.rejection)
    assert.isTrue(
      during.some((position) => isDeepStrictEqual(withoutTrusted(decisionAt(answer, position)), rejection)),
      `${commandId} was rejected on no state of the log: ${JSON.stringify(error.rejection)}`
    )
    assertTrusted(answer, error.rejection!, to, decisionAt, log)
  }
}

/** The state of each event stream that was trusted in a decision. */
const trustedIn = (decision: unknown): ReadonlyArray<unknown> =>
  JSON.parse(([decision].flat()[0] as { readonly trusted: string }).trusted).flat()

/** Asserts that each event stream that a command trusts had this state at some position up to `last`. */
const assertTrusted = (
  answer: Answer,
  decision: unknown,
  last: number,
  decisionAt: (answer: Answer, position: number) => unknown,
  log: Run["log"]
) => {
  const positions = [0, ...log.map(({ position }) => position)].filter((position) => position <= last)
  const before = positions.map((position) => trustedIn(decisionAt(answer, position)))
  for (const [n, state] of trustedIn(decision).entries())
    assert.isTrue(
      before.some((states) => isDeepStrictEqual(states[n], state)),
      `${answer.commandId} trusts a state that never was: ${JSON.stringify(state)}`
    )
}

/** Each event is followed by a copy for each further boundary of its lane, and numbered in each event stream without gaps. */
export const assertCopied = ({ board, log }: Run) => {
  const lanes = Board.laneOf(board)
  const expected = eventsOf(log).flatMap((event) =>
    Lane.streamIds(lanes.get(event._tag)!, event).map((id) => [Boundary.format(id), event._tag] as const)
  )
  assert.deepStrictEqual(
    log.map(({ event, streamId }) => [streamId, event._tag]),
    expected.map((each) => [...each])
  )
  for (const own of Map.groupBy(log, ({ streamId }) => streamId).values()) {
    assert.deepStrictEqual(
      own.map(({ streamRevision }) => streamRevision),
      own.map((_, n) => n + 1)
    )
  }
  const ids = new Set(log.filter(isOriginal).map(({ id }) => id))
  for (const { copyOf } of log) assert.isTrue(copyOf === undefined || ids.has(copyOf))
}
