import { assert, layer } from "@effect/vitest"
import type { Msg } from "@nats-io/transport-node"
import { Context, Effect, Layer } from "effect"
import * as EventLogNats from "#layers/nats/adapters/EventLogNats.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { Requests } from "#layers/nats/connection/Requests.ts"
import { headerText, headerValue } from "#layers/nats/messages/messageHeaders.ts"
import { provision } from "#layers/nats/provision/provision.ts"
import * as Fresh from "#layers/nats/read/linearizableReads.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { BookAcquired, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { TestServer } from "#test/support/testServer.ts"

const connected = Layer.unwrap(
  Effect.map(TestServer, ({ url }) =>
    Requests.layer.pipe(
      Layer.tap(() => provision(library, 1)),
      Layer.provideMerge(Nats.layer(url))
    )
  )
).pipe(Layer.provide(TestServer.layer))

const log = () => EventLogNats.layer(library)

/** Whoever answers leaves out messages, so often. */
const forgetful = (times: number, keeps: (position: number) => boolean) =>
  Layer.effect(
    Requests,
    Effect.map(Requests, (requests) => {
      let left = times
      const isKept = (message: Msg) => keeps(Number(headerValue(headerText(message), "Nats-Sequence")))
      return {
        ...requests,
        many: (...asked: Parameters<typeof requests.many>) =>
          Effect.map(requests.many(...asked), (answers) =>
            left-- > 0 ? answers.map((messages) => messages.filter(isKept)) : answers
          )
      }
    })
  )

const between = (from: Layer.Layer<EventLog, never, Requests | Nats.Nats>, upTo: number) =>
  Effect.flatMap(Effect.map(Layer.build(from), Context.get(EventLog)), (read) =>
    read.readRange(["BookReturned"], 0, upTo)
  ).pipe(Effect.scoped)

layer(connected, { excludeTestServices: true })("What stands between two positions", (it) => {
  const six = Effect.gen(function* () {
    const { append } = Context.get(yield* Layer.build(log()), EventLog)
    for (let n = 0; n < 3; n++) {
      const book = freshBook()
      const both = [new BookAcquired({ book, title: "" }), new BookReturned({ book, reader: book })]
      yield* append(streamIdOf(book), emptyStream, both, testMetadata(`c-${book.id}`))
    }
  }).pipe(Effect.scoped)

  it.effect("is not told by who has not heard of all of it, at its end or within", () =>
    Effect.gen(function* () {
      yield* six
      assert.deepStrictEqual(
        (yield* between(log(), 6)).map(({ position }) => position),
        [2, 4, 6]
      )
      assert.include((yield* Effect.flip(between(log(), 7))).message, "position 7")
      for (const missing of [1, 3, 6]) {
        const holed = log().pipe(Layer.provide(forgetful(2, (position) => position !== missing)))
        assert.include((yield* Effect.flip(between(holed, 6))).message, `position ${missing}`)
      }
    })
  )

  it.effect("is asked for again on a cluster, until it is whole", () =>
    Effect.gen(function* () {
      const behind = log().pipe(Layer.provide(forgetful(5, (position) => position < 4)))
      const fresh = Fresh.eventLog(library).pipe(Layer.provide(behind))
      assert.deepStrictEqual(
        (yield* between(fresh, 6)).map(({ position }) => position),
        [2, 4, 6]
      )
    })
  )
})
