import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { Board, Boundary, Command, Lane, Read } from "#domain/model/index.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import * as Commands from "#layers/commands/Commands.ts"
import { AuditEntries } from "#layers/memory/AuditMemory.ts"
import { MemoryLog } from "#layers/memory/MemoryLog.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import type { AuditEntry } from "#layers/services/Audit.ts"
import { Ids } from "#layers/services/Ids.ts"
import { isOriginal, type RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { appBoards } from "#test/support/appBoards.ts"
import { appendGiven } from "#test/support/appendGiven.ts"
import { type CommandScenario, commandScenarios } from "#test/support/commandScenarios.ts"

const now = "2022-12-12T10:00:00.000Z"

/** Secrets are those of the scenario, by the purpose at the end of their name. */
const scenarioIds = (ids: Readonly<Record<string, string>> = {}) =>
  Layer.effect(
    Ids,
    Effect.map(Ids, (service) => ({
      ...service,
      secret: (name) => ids[name.slice(name.lastIndexOf("/") + 1)] ?? service.secret(name)
    }))
  ).pipe(Layer.provide(Ids.layerTest()))

const onMemory = (board: Board.Any, ids?: Readonly<Record<string, string>>) =>
  CommandHandler.layer(board).pipe(Layer.provideMerge(Memory.layer(board)), Layer.provide(scenarioIds(ids)))

/** The audit of a command: its audit entries if it has no events, else the metadata of the first of its events. */
const auditOf = Effect.fnUntraced(function* (commandId: string) {
  const { entries } = yield* AuditEntries
  const { events } = yield* MemoryLog
  const own = events.filter((event) => event.commandId === commandId && isOriginal(event))
  return { own, entries: [...entries.filter((entry) => entry.commandId === commandId), ...own.slice(0, 1)] }
})

const run = (board: Board.Any, { actor, circumstances, command, given, inputs, then }: CommandScenario) =>
  Effect.gen(function* () {
    const time = new Date(circumstances.at ?? now).toISOString()
    yield* TestClock.setTime(Date.parse(time))
    const lanes = Board.laneOf(board)
    yield* appendGiven(board, given)
    const { events } = yield* MemoryLog
    const { entries: auditEntries } = yield* AuditEntries
    const { execute } = yield* Commands.Commands
    const before = events.length
    for (const [n, input] of inputs.entries()) {
      const { by = { name: actor, claims: {} } } = circumstances
      const about = { actor: by.name, commandId: `command-${n}`, correlationId: `correlation-${n}` }
      const outcome = yield* Effect.result(execute(command, input, { ...about, claims: by.claims }))
      const { entries, own } = yield* auditOf(about.commandId)
      const decided = own.map(({ event }) => event)
      if (Result.isFailure(outcome)) {
        assert.strictEqual(outcome.failure._tag, "Refused")
        deepStrictEqual((outcome.failure as Commands.CommandRejected).rejection, then)
      } else {
        deepStrictEqual(decided, then)
        assert.deepStrictEqual(
          outcome.success.facts,
          own.map(({ event, id, position, subject }) => ({ id, position, subject, type: event._tag }))
        )
        assert.strictEqual(outcome.success.correlationId, about.correlationId)
      }
      assert.strictEqual(entries.length, 1)
      const [entry] = entries as [AuditEntry | RecordedEvent]
      const firstGuarded = Boundary.format(Read.streamIds(Command.reads(command)[0]!.read, input)[0]!)
      for (const audited of [entry, ...own]) {
        const streamId =
          "event" in audited
            ? Boundary.format(Lane.streamIds(lanes.get(audited.event._tag)!, audited.event)[0]!)
            : firstGuarded
        assert.include(audited, {
          ...about,
          command: command.name,
          causationId: about.commandId,
          time,
          streamId
        })
      }
      assert.match(entry.id, /^[0-9a-f-]{36}$/u)
      if ("outcome" in entry) {
        assert.strictEqual(entry.outcome, Array.isArray(then) ? "unchanged" : "refused")
        deepStrictEqual(entry.rejection ?? [], then)
      }
    }
    assert.strictEqual(events.slice(before).filter(isOriginal).length, Array.isArray(then) ? then.length : 0)
    assert.strictEqual(
      new Set([...events, ...auditEntries].map(({ id }) => id)).size,
      events.length + auditEntries.length
    )
  }).pipe(Effect.provide(onMemory(board, circumstances.ids)))

for (const board of [...appBoards, library]) {
  describe(`${board.title}, executed`, () => {
    for (const [slice, cases] of Map.groupBy(commandScenarios(board), ({ slice }) => slice)) {
      describe(slice, () => {
        for (const one of cases) it.effect(one.sentence, () => run(board, one))
      })
    }
  })
}
