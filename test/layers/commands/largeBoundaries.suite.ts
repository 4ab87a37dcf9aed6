import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Option, Predicate, Schedule } from "effect"
import { Boundary, Projection, Validation } from "#domain/model/index.ts"
import { statesBucket } from "#layers/buckets/bucketNames.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { snapshotInterval } from "#layers/commands/stateSnapshots.ts"
import { EventLog, isUndecodable, type StreamHistory } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { KeyValue, revisionOf } from "#layers/services/KeyValue.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import {
  AddNote,
  InvoiceWritten,
  LedgerBoundary,
  ledgers,
  type NoteAdded,
  Total,
  WriteInvoice
} from "#test/boards/ledgerBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import type { Backend } from "#test/support/backends.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

const anybody = { actor: "Anybody" }
let last = 0
const freshLedger = () => ({ id: `l${(last++).toString(36)}` })
const streamOf = (ledger: { readonly id: string }) => Boundary.streamId(LedgerBoundary, { ledger })

/** A process without a cache, and how many events its reads returned. */
const coldProcess = Effect.gen(function* () {
  const log = yield* EventLog
  let read = 0
  const readAll: typeof log.readAll = (reads) =>
    Effect.tap(log.readAll(reads), (histories: ReadonlyArray<StreamHistory>) =>
      Effect.sync(() => histories.forEach(({ events }) => (read += events.length)))
    )
  const context = yield* Layer.build(Layer.fresh(CommandHandler.layer(ledgers)).pipe(Layer.provide(Ids.layer))).pipe(
    Effect.provideService(EventLog, { ...log, readAll })
  )
  return { commands: Context.get(context, Commands), eventsRead: () => read }
})

/** Fills a ledger with invoices from 1 on. */
const fill = Effect.fnUntraced(function* (ledger: { readonly id: string }, count: number) {
  const log = yield* EventLog
  for (let from = 1; from <= count; from += 500) {
    const numbers = Array.from({ length: Math.min(500, count - from + 1) }, (_, n) => from + n)
    const events = numbers.map((number) => new InvoiceWritten({ ledger, number }))
    const version = yield* log.read(streamOf(ledger))
    yield* appendTo(log, streamOf(ledger), version, events, testMetadata(`fill-${ledger.id}-${from}`))
  }
})

const storedState = (ledger: { readonly id: string }) =>
  Effect.gen(function* () {
    const bucket = (yield* KeyValue).bucket(statesBucket)
    const { entries } = yield* bucket.list([`ledger.${ledger.id}.*`], 10)
    return entries.map(({ value }) => JSON.parse(value) as { count: number; state: number })
  })

const eventOf = (position: number) =>
  Effect.gen(function* () {
    return Option.getOrThrow(yield* (yield* EventLog).readAt(position)) as RecordedEvent
  })

/** Decisions on event streams of which a part is read. */
export const largeBoundaries = (backend: Backend) =>
  layer(CommandHandler.layer(ledgers).pipe(Layer.provideMerge(backend.services(ledgers)), Layer.provide(Ids.layer)), {
    excludeTestServices: true,
    timeout: "60 seconds"
  })(`Large boundaries on ${backend.name}`, (it) => {
    it("are those of a valid board", () => assert.deepStrictEqual(Validation.violations(ledgers), []))

    it.effect("read in part have the version of the whole event stream", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const ledger = freshLedger()
        yield* fill(ledger, 30)
        yield* (yield* Commands).execute(AddNote, { ledger }, anybody)
        const whole = yield* log.read(streamOf(ledger))
        const version = { position: whole.position, count: 31 }
        const [newest, after, none] = yield* log.readAll([
          { ...streamOf(ledger), after: "newest" },
          { ...streamOf(ledger), after: whole.events[27]!.position },
          { ...streamOf(ledger), after: whole.position }
        ])
        const revisions = ({ events }: StreamHistory) => events.map(({ streamRevision }) => streamRevision)
        assert.deepInclude(newest, version)
        assert.deepStrictEqual(revisions(newest!), [30, 31])
        assert.deepInclude(after, version)
        assert.deepStrictEqual(revisions(after!), [29, 30, 31])
        assert.deepStrictEqual({ ...none }, { ...version, events: [] })
        const empty = yield* log.readAll([{ ...streamOf(freshLedger()), after: "newest" }])
        assert.deepStrictEqual(empty, [{ events: [], position: 0, count: 0 }])
      })
    )

    it.effect("a projection on the newest events reads one event of each type, however many there are", () =>
      Effect.gen(function* () {
        const ledger = freshLedger()
        yield* fill(ledger, 1_200)
        const { commands, eventsRead } = yield* coldProcess
        const receipt = yield* commands.execute(WriteInvoice, { ledger, upTo: 5_000 }, anybody)
        assert.deepStrictEqual((yield* eventOf(receipt.seq)).event, new InvoiceWritten({ ledger, number: 1_201 }))
        assert.isAtMost(eventsRead(), 2)
        const refused = yield* Effect.flip(commands.execute(WriteInvoice, { ledger, upTo: 1_201 }, anybody))
        assert.deepInclude(refused, { _tag: "Refused" })
      })
    )

    it.effect("a command that is repeated gets its receipt, also if its events are not among those that are read", () =>
      Effect.gen(function* () {
        const ledger = freshLedger()
        const commandId = `once-${ledger.id}`
        const { execute } = yield* Commands
        const first = yield* execute(WriteInvoice, { ledger, upTo: 99 }, { ...anybody, commandId })
        for (let n = 0; n < 3; n++) yield* execute(WriteInvoice, { ledger, upTo: 99 }, anybody)
        const { commands } = yield* coldProcess
        const again = yield* commands.execute(WriteInvoice, { ledger, upTo: 99 }, { ...anybody, commandId })
        assert.deepStrictEqual(again, { ...first, duplicate: true })
        const other = yield* Effect.flip(
          commands.execute(WriteInvoice, { ledger, upTo: 98 }, { ...anybody, commandId })
        )
        assert.strictEqual(other._tag, "CommandIdReused")
        const found = yield* (yield* EventLog).findCommand(commandId)
        assert.deepStrictEqual(
          found.map(({ id }) => id),
          first.facts.map(({ id }) => id)
        )
        assert.strictEqual((yield* (yield* EventLog).read(streamOf(ledger))).count, 4)
        const log = yield* EventLog
        assert.deepStrictEqual(yield* log.findCommand("never sent"), [])
        // The mark is no event, and nothing that cannot be read.
        for (let position = first.seq; position <= (yield* log.lastPosition()); position++)
          assert.isFalse(Option.exists(yield* log.readAt(position), isUndecodable))
      })
    )

    it.effect("a state is stored, and a cold decision reads only the events after it", () =>
      Effect.gen(function* () {
        const ledger = freshLedger()
        yield* fill(ledger, 500)
        const sum = (500 * 501) / 2
        const first = yield* coldProcess
        const receipt = yield* first.commands.execute(AddNote, { ledger }, anybody)
        assert.strictEqual(((yield* eventOf(receipt.seq)).event as NoteAdded).total, sum)
        yield* storedState(ledger).pipe(
          Effect.repeat({ schedule: Schedule.spaced("5 millis"), until: ({ length }) => length === 1 })
        )
        for (let n = 0; n < snapshotInterval; n++) yield* first.commands.execute(AddNote, { ledger }, anybody)
        yield* storedState(ledger).pipe(
          Effect.repeat({
            schedule: Schedule.spaced("5 millis"),
            until: ([state]) => (state?.count ?? 0) >= 500 + snapshotInterval
          })
        )
        const second = yield* coldProcess
        const { seq } = yield* second.commands.execute(AddNote, { ledger }, anybody)
        assert.strictEqual(((yield* eventOf(seq)).event as NoteAdded).total, sum + snapshotInterval + 1)
        assert.isAtMost(second.eventsRead(), snapshotInterval + 1)
      })
    )

    it.effect("a stored state of another log, or one that cannot be read, is not used", () =>
      Effect.gen(function* () {
        const ledger = freshLedger()
        yield* fill(ledger, 60)
        const bucket = (yield* KeyValue).bucket(statesBucket)
        yield* (yield* coldProcess).commands.execute(AddNote, { ledger }, anybody)
        const [entry] = yield* bucket.list([`ledger.${ledger.id}.*`], 1).pipe(
          Effect.map(({ entries }) => entries),
          Effect.repeat({ schedule: Schedule.spaced("5 millis"), until: ({ length }) => length === 1 })
        )
        const wrong = [
          JSON.stringify({ ...JSON.parse(entry!.value), lastId: "of another log", state: 7 }),
          JSON.stringify({ ...JSON.parse(entry!.value), position: 0, state: 7 }),
          JSON.stringify({ ...JSON.parse(entry!.value), state: "text" }),
          "garbage"
        ]
        for (const value of wrong) {
          // The command before may be storing a state at this moment.
          yield* bucket.get(entry!.key).pipe(
            Effect.flatMap((stored) => bucket.put(entry!.key, value, revisionOf(stored))),
            Effect.retry({ while: Predicate.isTagged("RevisionChanged") })
          )
          const { seq } = yield* (yield* coldProcess).commands.execute(AddNote, { ledger }, anybody)
          const { events } = yield* (yield* EventLog).read(streamOf(ledger))
          const before = events.filter(({ position }) => position < seq).map(({ event }) => event)
          assert.strictEqual(((yield* eventOf(seq)).event as NoteAdded).total, Projection.fold(Total, before as never))
        }
      })
    )
  })
