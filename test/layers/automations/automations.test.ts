import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Automations from "#layers/automations/Automations.ts"
import { checkpointsBucket } from "#layers/buckets/bucketNames.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { parsePosition } from "#layers/processors/checkpointStore.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { BookAcquired, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"

const [shelving] = subscriptions(library).automations
const eventCount = 400
const answered = 300

/** Answers `answered` commands, then none. */
const hangingCommands = Layer.effect(
  Commands,
  Effect.map(Commands, (commands) => {
    let left = answered
    const execute = (...args: Parameters<typeof commands.execute>) =>
      left-- > 0 ? commands.execute(...args) : Effect.never
    return { ...commands, execute } as Commands["Service"]
  })
)

it.effect("an automation that is interrupted within a large batch has written its checkpoint", () =>
  Effect.gen(function* () {
    const log = yield* EventLog
    for (let n = 0; n < eventCount; n++) {
      const book = freshBook()
      const both = [new BookAcquired({ book, title: "" }), new BookReturned({ book, reader: book })]
      yield* appendTo(log, streamIdOf(book), emptyStream, both, testMetadata(`c-${book.id}`))
    }
    const events = yield* log.readRange(shelving!.subscription.types, 0, yield* log.lastPosition())
    yield* TestClock.adjust("2 seconds")
    yield* Layer.build(
      Automations.layer(library).pipe(Layer.provide(DeadLetters.layer), Layer.provide(hangingCommands))
    )
    const bucket = (yield* KeyValue).bucket(checkpointsBucket)
    const savedPosition = yield* bucket.watch(shelving!.subscription.name).pipe(
      Stream.map(({ value }) => (Option.isSome(value) ? parsePosition(value.value) : 0)),
      Stream.filter((position) => position > 0),
      Stream.runHead
    )
    assert.strictEqual(Option.getOrThrow(savedPosition), events[127]!.position)
  }).pipe(
    Effect.scoped,
    Effect.provide(
      CommandHandler.layer(library).pipe(Layer.provideMerge(Memory.layer(library)), Layer.provideMerge(Ids.layer))
    )
  )
)
