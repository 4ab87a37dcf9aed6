import { assert } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { EventLog, type StreamVersion, emptyStream } from "#layers/services/EventLog.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, BookShelved } from "#test/boards/libraryBoard.ts"
import { freshBook, testMetadata, streamIdOf, toPlainEvent } from "#test/support/libraryFixtures.ts"

const kinds = { BookAcquired, BookBorrowed, BookReturned, BookShelved }
const Kind = Schema.Literals(["BookAcquired", "BookBorrowed", "BookBorrowed", "BookReturned", "BookShelved"])
const StreamIndex = Schema.Literals([0, 1, 2])
const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

const Append = Schema.TaggedStruct("append", {
  place: StreamIndex,
  /** How the place was seen: as it stands now, as it stood some facts ago, or as if it were untouched. */
  seen: Schema.Literals(["now", "now", "now", "now", "before", "untouched"]),
  facts: Schema.Array(Kind).check(Schema.isMinLength(1), Schema.isMaxLength(5)),
  /** A fresh command id, or the one of some append before, in whatever place. */
  command: Schema.Literals(["fresh", "fresh", "fresh", "old"]),
  old: upTo(9)
})
const Read = Schema.TaggedStruct("read", { place: StreamIndex })
/** Types are asked for once each. */
const some = Schema.Array(Kind).check(Schema.isMinLength(1), Schema.isMaxLength(3), Schema.isUnique())
const Newest = Schema.TaggedStruct("newest", {
  types: some
})
const Between = Schema.TaggedStruct("between", {
  types: some,
  after: upTo(30),
  upTo: upTo(30)
})

const Operation = Schema.Union([Append, Append, Append, Read, Newest, Between])
export const anyOperations = Arbitrary.array(Arbitrary.schema(Operation), { minLength: 1, maxLength: 40 })

/** What an event log is: a list of facts, in which each command id and each view of a place counts once. */
export const behavesAsAList = (operations: ReadonlyArray<typeof Operation.Type>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const books = [freshBook(), freshBook(), freshBook()]
    const begin = yield* log.lastPosition()
    const list: Array<RecordedEvent> = []
    const tried: Array<string> = []
    const done = new Set<string>()
    const eventsIn = (place: number) => list.filter(({ event }) => (event as BookAcquired).book.id === books[place]!.id)
    const versionOf = (events: ReadonlyArray<RecordedEvent>): StreamVersion =>
      events.length === 0 ? emptyStream : { position: events.at(-1)!.position, count: events.length }
    const ofTypes = (types: ReadonlyArray<string>) => list.filter(({ event }) => types.includes(event._tag))

    const append = Effect.fnUntraced(function* ({ command, facts: tags, old, place, seen }: typeof Append.Type) {
      const book = books[place]!
      const own = eventsIn(place)
      const version = versionOf(seen === "now" ? own : seen === "before" ? own.slice(0, -1) : [])
      const isFresh = version.position === versionOf(own).position
      const id = (command === "old" && tried.at(-1 - old)) || `m-${books[0]!.id}-${tried.length}`
      tried.push(id)
      const events = tags.map((tag) => new kinds[tag]({ book, title: "“Ahab” %20", reader: ann, shelf: "s" }))
      const answer = yield* Effect.result(log.append(streamIdOf(book), version, events, testMetadata(id)))
      if (Result.isFailure(answer)) {
        const allowedErrors = [...(isFresh ? [] : ["VersionConflict"]), ...(done.has(id) ? ["DuplicateCommand"] : [])]
        return assert.include(allowedErrors, answer.failure._tag)
      }
      assert.isTrue(isFresh, "it was appended to a place that stood otherwise")
      assert.isFalse(done.has(id), "a command id was taken twice")
      done.add(id)
      const { success } = answer
      const end = list.at(-1)?.position ?? begin
      assert.deepStrictEqual(
        success.map(({ event, streamRevision, position }) => ({ event, index: streamRevision, position })),
        events.map((event, n) => ({ event, index: version.count + n + 1, position: end + n + 1 }))
      )
      list.push(...success.map(toPlainEvent))
    })

    const run = (operation: typeof Operation.Type): Effect.Effect<void, unknown> => {
      switch (operation._tag) {
        case "append":
          return append(operation)
        case "read":
          return Effect.map(log.read(streamIdOf(books[operation.place]!)), (past) => {
            const facts = eventsIn(operation.place)
            assert.deepStrictEqual({ ...past, events: past.events.map(toPlainEvent) }, { events: facts, ...versionOf(facts) })
          })
        case "newest":
          return Effect.map(Effect.all([log.lastPosition(), log.lastPosition(operation.types)]), ([all, some]) => {
            assert.strictEqual(all, list.at(-1)?.position ?? begin)
            const own = ofTypes(operation.types).at(-1)?.position
            if (own === undefined) assert.isAtMost(some, begin)
            else assert.strictEqual(some, own)
          })
        case "between": {
          const { after, types, upTo } = operation
          return Effect.gen(function* () {
            const end = Math.min(begin + upTo, list.at(-1)?.position ?? begin)
            const wanted = ofTypes(types).filter(({ position }) => position > begin + after && position <= end)
            assert.deepStrictEqual((yield* log.readRange(types, begin + after, end)).map(toPlainEvent), wanted)
            const all = ofTypes(types)
            const last = all.at(-1)
            if (!last) return
            const replayed: Array<unknown> = []
            yield* log.replay(types, begin, last.position, (page) =>
              Effect.sync(() =>
                page.forEach((each) => {
                  const { actor, event, position, time } = each as RecordedEvent
                  replayed.push({ actor, fact: event, position, time })
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
    for (const place of [0, 1, 2]) yield* run({ _tag: "read", place: place as 0 })
  })
