import { assert } from "@effect/vitest"
import { Arbitrary, Deferred, Effect, Schedule, Schema } from "effect"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { EventLog, type LogEntry, emptyStream } from "#layers/services/EventLog.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { BookAcquired, BookBorrowed, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { freshBook, testMetadata, streamIdOf, toPlainEvent } from "#test/support/libraryFixtures.ts"

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum }))

const Append = Schema.TaggedStruct("append", { books: upTo(6) })
/** Runs until it has processed `events` new events, or all; with `stays` also until the lag shows it. */
const Process = Schema.TaggedStruct("process", { events: upTo(8), runs: upTo(2), stays: Schema.Boolean })
/** Processes some events and fails on the next one. */
const Fail = Schema.TaggedStruct("fail", { after: upTo(4) })
const Lag = Schema.TaggedStruct("lag", {})

const Operation = Schema.Union([Append, Append, Process, Fail, Lag])
export const anyOperations = Arbitrary.array(Arbitrary.schema(Operation), { minLength: 1, maxLength: 12 })

const subscription = subscriptions(library).automations[0]!.subscription

/** The model of a consumer: a cursor in the list of its events, after all processed ones and never after another one. */
export const behavesAsACursor = (operations: ReadonlyArray<typeof Operation.Type>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const { lag, run } = yield* Subscriptions
    const drained = Effect.raceFirst(
      run(subscription, () => Effect.void),
      lag(subscription).pipe(Effect.repeat({ until: (behind) => behind === 0, schedule: Schedule.spaced("2 millis") }))
    )
    yield* drained
    const begin = yield* log.lastPosition()
    const events: Array<RecordedEvent> = []
    /** How many of them were processed successfully, by any run. */
    let processedCount = 0

    const append = Effect.fnUntraced(function* (books: number) {
      for (let n = 0; n < books; n++) {
        const book = freshBook()
        const all = [
          new BookAcquired({ book, title: "" }),
          ...(n % 2 ? [new BookReturned({ book, reader: book })] : []),
          new BookBorrowed({ book, reader: book })
        ]
        const recorded = yield* appendTo(log, streamIdOf(book), emptyStream, all, testMetadata(`c-${book.id}`))
        events.push(...recorded.map(toPlainEvent).filter(({ event }) => subscription.types.includes(event._tag)))
      }
    })

    /** One run: its events begin at or before the first unprocessed one and have no gap. */
    const follow = (until: number, stays: boolean, failAt = Number.POSITIVE_INFINITY) =>
      Effect.gen(function* () {
        const done = yield* Deferred.make<void>()
        let last: number | undefined
        const handle = (batch: ReadonlyArray<LogEntry>) =>
          Effect.gen(function* () {
            for (const event of batch) {
              if (event.position <= begin) continue
              const at = events.findIndex(({ position }) => position === event.position)
              assert.deepStrictEqual(toPlainEvent(event), events[at])
              if (last === undefined) assert.isAtMost(at, processedCount, "events were skipped before the first")
              else assert.strictEqual(at, last + 1, "events were skipped or out of order")
              last = at
            }
            if (last === undefined) return
            if (last + 1 > failAt) return yield* Effect.fail("not this one" as const)
            processedCount = Math.max(processedCount, last + 1)
            if (processedCount >= until) yield* Deferred.succeed(done, undefined)
          })
        const lagIsKnown = lag(subscription).pipe(
          Effect.repeat({
            until: (behind) => behind <= events.length - processedCount,
            schedule: Schedule.spaced("2 millis")
          })
        )
        const end = stays ? Effect.andThen(Deferred.await(done), lagIsKnown) : Deferred.await(done)
        yield* Effect.raceFirst(run(subscription, handle), end)
      })

    const perform = (operation: typeof Operation.Type): Effect.Effect<unknown, unknown> => {
      switch (operation._tag) {
        case "append":
          return append(operation.books)
        case "process": {
          const until = Math.min(events.length, processedCount + operation.events)
          if (until <= processedCount) return Effect.void
          const one = follow(until, operation.stays)
          return operation.runs === 1 ? one : Effect.raceFirst(one, follow(until, operation.stays))
        }
        case "fail": {
          const until = Math.min(events.length, processedCount + operation.after)
          if (until <= processedCount) return Effect.void
          return Effect.map(Effect.flip(follow(events.length + 1, false, until - 1)), (error) =>
            assert.strictEqual(error, "not this one")
          )
        }
        case "lag":
          // With several replicas, the one that counts may be behind for a moment.
          return lag(subscription).pipe(
            Effect.repeat({
              until: (behind) => behind >= events.length - processedCount,
              schedule: Schedule.spaced("2 millis")
            })
          )
      }
    }
    yield* Effect.forEach(operations, perform, { discard: true })
    if (processedCount < events.length) yield* follow(events.length, true)
    yield* drained
  })
