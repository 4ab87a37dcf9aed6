import { assert } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { EventLog, type StreamVersion, emptyStream } from "#layers/services/EventLog.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, BookShelved } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { freshBook, testMetadata, streamIdOf, toPlainEvent } from "#test/support/libraryFixtures.ts"

const eventClasses = { BookAcquired, BookBorrowed, BookReturned, BookShelved }
const EventType = Schema.Literals(["BookAcquired", "BookBorrowed", "BookBorrowed", "BookReturned", "BookShelved"])
const StreamIndex = Schema.Literals([0, 1, 2])
const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

const Append = Schema.TaggedStruct("append", {
  stream: StreamIndex,
  /** The expected version: the current one, the one before its last event, or that of an empty stream. */
  expected: Schema.Literals(["current", "current", "current", "current", "previous", "empty"]),
  types: Schema.Array(EventType).check(Schema.isMinLength(1), Schema.isMaxLength(5)),
  /** A fresh command id, or that of an earlier append, in any stream. */
  command: Schema.Literals(["fresh", "fresh", "fresh", "old"]),
  old: upTo(9)
})
const Read = Schema.TaggedStruct("read", { stream: StreamIndex })
const SomeTypes = Schema.Array(EventType).check(Schema.isMinLength(1), Schema.isMaxLength(3), Schema.isUnique())
const LastPosition = Schema.TaggedStruct("lastPosition", {
  types: SomeTypes
})
const ReadRange = Schema.TaggedStruct("readRange", {
  types: SomeTypes,
  after: upTo(30),
  upTo: upTo(30)
})

const Operation = Schema.Union([Append, Append, Append, Read, LastPosition, ReadRange])
export const anyOperations = Arbitrary.array(Arbitrary.schema(Operation), { minLength: 1, maxLength: 40 })

/** The model of an event log: a list of events that accepts each command id once and each version of a stream once. */
export const behavesAsAList = (operations: ReadonlyArray<typeof Operation.Type>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const books = [freshBook(), freshBook(), freshBook()]
    const begin = yield* log.lastPosition()
    const list: Array<RecordedEvent> = []
    const commandIds: Array<string> = []
    const appendedIds = new Set<string>()
    const eventsIn = (stream: number) =>
      list.filter(({ event }) => (event as BookAcquired).book.id === books[stream]!.id)
    const versionOf = (events: ReadonlyArray<RecordedEvent>): StreamVersion =>
      events.length === 0 ? emptyStream : { position: events.at(-1)!.position, count: events.length }
    const ofTypes = (types: ReadonlyArray<string>) => list.filter(({ event }) => types.includes(event._tag))

    const append = Effect.fnUntraced(function* ({ command, expected, old, stream, types }: typeof Append.Type) {
      const book = books[stream]!
      const own = eventsIn(stream)
      const version = versionOf(expected === "current" ? own : expected === "previous" ? own.slice(0, -1) : [])
      const isFresh = version.position === versionOf(own).position
      const id = (command === "old" && commandIds.at(-1 - old)) || `m-${books[0]!.id}-${commandIds.length}`
      commandIds.push(id)
      const events = types.map((type) => new eventClasses[type]({ book, title: "“Ahab” %20", reader: ann, shelf: "s" }))
      const outcome = yield* Effect.result(appendTo(log, streamIdOf(book), version, events, testMetadata(id)))
      if (Result.isFailure(outcome)) {
        const allowedErrors = [
          ...(isFresh ? [] : ["VersionConflict"]),
          ...(appendedIds.has(id) ? ["DuplicateCommand"] : [])
        ]
        return assert.include(allowedErrors, outcome.failure._tag)
      }
      assert.isTrue(isFresh, "it was appended to a stream of another version")
      assert.isFalse(appendedIds.has(id), "a command id was accepted twice")
      appendedIds.add(id)
      const { success } = outcome
      const end = list.at(-1)?.position ?? begin
      assert.deepStrictEqual(
        success.map(({ event, streamRevision, position }) => ({ event, streamRevision, position })),
        events.map((event, n) => ({ event, streamRevision: version.count + n + 1, position: end + n + 1 }))
      )
      list.push(...success.map(toPlainEvent))
    })

    const run = (operation: typeof Operation.Type): Effect.Effect<void, unknown> => {
      switch (operation._tag) {
        case "append":
          return append(operation)
        case "read":
          return Effect.map(log.read(streamIdOf(books[operation.stream]!)), (history) => {
            const events = eventsIn(operation.stream)
            const expected = { events, ...versionOf(events) }
            assert.deepStrictEqual({ ...history, events: history.events.map(toPlainEvent) }, expected)
          })
        case "lastPosition":
          return Effect.map(Effect.all([log.lastPosition(), log.lastPosition(operation.types)]), ([all, some]) => {
            assert.strictEqual(all, list.at(-1)?.position ?? begin)
            const own = ofTypes(operation.types).at(-1)?.position
            if (own === undefined) assert.isAtMost(some, begin)
            else assert.strictEqual(some, own)
          })
        case "readRange": {
          const { after, types, upTo } = operation
          return Effect.gen(function* () {
            const end = Math.min(begin + upTo, list.at(-1)?.position ?? begin)
            const expected = ofTypes(types).filter(({ position }) => position > begin + after && position <= end)
            assert.deepStrictEqual((yield* log.readRange(types, begin + after, end)).map(toPlainEvent), expected)
            const all = ofTypes(types)
            const last = all.at(-1)
            if (!last) return
            const replayed: Array<unknown> = []
            yield* log.replay(types, begin, last.position, (page) =>
              Effect.sync(() =>
                page.forEach((each) => {
                  const { actor, event, position, time } = each as RecordedEvent
                  replayed.push({ actor, event, position, time })
                })
              )
            )
            assert.deepStrictEqual(
              replayed,
              all.map(({ actor, event, position, time }) => ({ actor, event, position, time }))
            )
          })
        }
      }
    }
    yield* Effect.forEach(operations, run, { discard: true })
    for (const stream of [0, 1, 2] as const) yield* run({ _tag: "read", stream })
  })
