import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Context, Effect, Layer, Schema } from "effect"
import { Boundary, type Command } from "#domain/model/index.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { isOriginal } from "#layers/services/RecordedEvent.ts"
import type { SharedBackend } from "#test/support/backends.ts"
import { boardOf, BoardSpec } from "#test/support/randomBoard.ts"
import { assertCopied, assertSerializable, runSteps, Step } from "#test/support/serializableRun.ts"

const RunSpec = Schema.Struct({
  board: BoardSpec,
  steps: Schema.Array(Step).check(Schema.isMinLength(5), Schema.isMaxLength(50)),
  maxCachedStreams: Schema.Literals([1, 2, 3, 1_000])
})
const anyRun = Arbitrary.schema(RunSpec)

const run = (backend: SharedBackend, { board, maxCachedStreams, steps }: typeof RunSpec.Type) =>
  runSteps(boardOf(board), backend, steps, maxCachedStreams)

/** Changes the log of a backend. */
const withLog = (
  backend: SharedBackend,
  change: (log: EventLog["Service"]) => Partial<EventLog["Service"]>
): SharedBackend => ({
  ...backend,
  start: (board) =>
    Effect.map(backend.start(board), (services) =>
      Layer.effectContext(
        Effect.map(Layer.build(services), (context) => {
          const log = Context.get(context, EventLog)
          return Context.add(context, EventLog, { ...log, ...change(log) })
        })
      )
    )
})

/** As on a server, others write between any two reads of a command, and before its append. */
export const interleaved = (backend: SharedBackend): SharedBackend =>
  withLog(backend, (log) => ({
    readAll: (streamIds) => Effect.forEach(streamIds, (each) => Effect.andThen(Effect.yieldNow, log.read(each))),
    append: (...of) => Effect.andThen(Effect.yieldNow, log.append(...of))
  }))

/** Random commands on random boards, on two processes at once. */
export const randomBoundaries = (backend: SharedBackend, runs: number) =>
  describe(`Commands on any boundaries on ${backend.name}`, () => {
    it.live.prop(
      "are serializable in the order of the log, reject on one state of it, and their events have all copies",
      [anyRun],
      ([spec]) =>
        Effect.map(run(backend, spec), (result) => {
          assertCopied(result)
          assertSerializable(result)
        }),
      { arbitrary: { runs, size: 60 }, timeout: 120_000 }
    )
  })

const samples = Arbitrary.sampleEffect(anyRun, { count: 40, size: 60, seed: "boundaries" })

/** Checks that the property above finds what it looks for. */
export const detection = (backend: SharedBackend) =>
  describe("The random commands on any boundaries", () => {
    it.live("are accepted and rejected, have copies, checks and several guards, and meet each other", () =>
      Effect.gen(function* () {
        const results = yield* Effect.forEach(yield* samples, (spec) => run(backend, spec))
        const answers = results.flatMap(({ answers }) => answers)
        const withReads = (use: "checks" | "guards" | "trusts", least: number) =>
          answers.filter(({ command, error }) => !error && Object.keys((command as Command.Any)[use]!).length >= least)
        assert.isAbove(answers.filter(({ error }) => error?._tag === "Refused").length, 100)
        assert.isAbove(results.flatMap(({ log }) => log.filter((each) => !isOriginal(each))).length, 100)
        assert.isAbove(withReads("guards", 2).length, 100)
        assert.isAbove(withReads("checks", 1).length, 100)
        assert.isAbove(withReads("trusts", 1).length, 100)
      })
    )

    /** Whether one of the samples fails on a backend whose log is changed like this. */
    const isDetected = (change: (log: EventLog["Service"]) => Partial<EventLog["Service"]>) =>
      Effect.gen(function* () {
        const results = yield* Effect.forEach(yield* samples, (spec) => run(withLog(backend, change), spec))
        return results.some((result) => {
          try {
            assertSerializable(result)
            return false
          } catch {
            return true
          }
        })
      })

    it.live("find a log that checks only the version of the first event stream", () =>
      Effect.gen(function* () {
        const checkFirst = (log: EventLog["Service"]): Partial<EventLog["Service"]> => ({
          append: (expected, events, metadata) =>
            Effect.flatMap(Effect.orDie(log.readAll(expected.map(({ streamId }) => streamId))), (now) => {
              const versions = expected.map((each, n) => (n === 0 ? each : { ...each, version: now[n]! }))
              return log.append(versions, events, metadata)
            })
        })
        assert.isTrue(yield* isDetected(checkFirst))
      })
    )

    it.live("find a log in which a copy is not found", () =>
      Effect.gen(function* () {
        const withoutCopies = (log: EventLog["Service"]): Partial<EventLog["Service"]> => ({
          readAll: (streamIds: ReadonlyArray<Boundary.StreamId>) =>
            Effect.map(log.readAll(streamIds), (all) =>
              all.map((each) => ({ ...each, events: each.events.filter(isOriginal) }))
            )
        })
        assert.isTrue(yield* isDetected(withoutCopies))
      })
    )
  })
