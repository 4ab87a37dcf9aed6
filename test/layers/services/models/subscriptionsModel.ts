import { assert } from "@effect/vitest"
import { Arbitrary, Deferred, Effect, Schedule, Schema } from "effect"
import { EventLog, type Read, untouched } from "#layers/services/EventLog.ts"
import type { Recorded } from "#layers/services/RecordedEvent.ts"
import { Consumers } from "#layers/services/Subscriptions.ts"
import { followers } from "#layers/services/subscriptionsOf.ts"
import { BookAcquired, BookBorrowed, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { freshBook, origin, placeOf, whole } from "#test/support/library.ts"

const few = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum }))

const Append = Schema.TaggedStruct("append", { books: few(6) })
/** Follows until it has taken so many facts that nobody took before, or all there are; and may stay until that is known. */
const Take = Schema.TaggedStruct("take", { facts: few(8), runs: few(2), stays: Schema.Boolean })
/** Takes some, fails on the next, and is not heard of again. */
const Fail = Schema.TaggedStruct("fail", { after: few(4) })
const Lag = Schema.TaggedStruct("lag", {})

const Operation = Schema.Union([Append, Append, Take, Fail, Lag])
export const anyOperations = Arbitrary.array(Arbitrary.schema(Operation), { minLength: 1, maxLength: 12 })

const subscription = followers(library).automations[0]!.subscription

/** What a consumer is: a place in the list of its facts, behind all that was taken, and never behind what was not. */
export const behavesAsACursor = (operations: ReadonlyArray<typeof Operation.Type>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const { lag, run } = yield* Consumers
    const drained = Effect.raceFirst(
      run(subscription, () => Effect.void),
      lag(subscription).pipe(Effect.repeat({ until: (behind) => behind === 0, schedule: Schedule.spaced("2 millis") }))
    )
    yield* drained
    const begin = yield* log.newest()
    const facts: Array<Recorded> = []
    /** How many of them were taken for good, by whichever run. */
    let taken = 0

    const append = Effect.fnUntraced(function* (books: number) {
      for (let n = 0; n < books; n++) {
        const book = freshBook()
        const all = [
          new BookAcquired({ book, title: "" }),
          ...(n % 2 ? [new BookReturned({ book, reader: book })] : []),
          new BookBorrowed({ book, reader: book })
        ]
        const recorded = yield* log.append(placeOf(book), untouched, all, origin(`c-${book.id}`))
        facts.push(...recorded.map(whole).filter(({ fact }) => subscription.types.includes(fact._tag)))
      }
    })

    /** One run: what it is handed follows what was taken, without a gap, though it may begin before. */
    const follow = (until: number, stays: boolean, failAt = Number.POSITIVE_INFINITY) =>
      Effect.gen(function* () {
        const done = yield* Deferred.make<void>()
        let last: number | undefined
        const handle = (batch: ReadonlyArray<Read>) =>
          Effect.gen(function* () {
            for (const fact of batch) {
              if (fact.position <= begin) continue
              const at = facts.findIndex(({ position }) => position === fact.position)
              assert.deepStrictEqual(whole(fact), facts[at])
              if (last === undefined) assert.isAtMost(at, taken, "facts were left out before the first")
              else assert.strictEqual(at, last + 1, "facts were left out, or came out of order")
              last = at
            }
            if (last === undefined) return
            if (last + 1 > failAt) return yield* Effect.fail("not this one" as const)
            taken = Math.max(taken, last + 1)
            if (taken >= until) yield* Deferred.succeed(done, undefined)
          })
        const known = lag(subscription).pipe(
          Effect.repeat({ until: (behind) => behind <= facts.length - taken, schedule: Schedule.spaced("2 millis") })
        )
        const end = stays ? Effect.andThen(Deferred.await(done), known) : Deferred.await(done)
        yield* Effect.raceFirst(run(subscription, handle), end)
      })

    const perform = (operation: typeof Operation.Type): Effect.Effect<unknown, unknown> => {
      switch (operation._tag) {
        case "append":
          return append(operation.books)
        case "take": {
          const until = Math.min(facts.length, taken + operation.facts)
          if (until <= taken) return Effect.void
          const one = follow(until, operation.stays)
          return operation.runs === 1 ? one : Effect.raceFirst(one, follow(until, operation.stays))
        }
        case "fail": {
          const until = Math.min(facts.length, taken + operation.after)
          if (until <= taken) return Effect.void
          return Effect.map(Effect.flip(follow(facts.length + 1, false, until - 1)), (error) =>
            assert.strictEqual(error, "not this one")
          )
        }
        case "lag":
          // Of several replicas, the one that counts may hear of the newest facts a moment later.
          return lag(subscription).pipe(
            Effect.repeat({ until: (behind) => behind >= facts.length - taken, schedule: Schedule.spaced("2 millis") })
          )
      }
    }
    yield* Effect.forEach(operations, perform, { discard: true })
    if (taken < facts.length) yield* follow(facts.length, true)
    yield* drained
  })
