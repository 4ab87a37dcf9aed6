import { assert, layer } from "@effect/vitest"
import type { Msg } from "@nats-io/transport-node"
import { Context, Effect, Layer } from "effect"
import * as EventLogNats from "#layers/nats/adapters/EventLogNats.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { Requests } from "#layers/nats/connection/Requests.ts"
import { headerText, headerValue } from "#layers/nats/messages/messageHeaders.ts"
import { provision } from "#layers/nats/provision/provision.ts"
import * as LinearizableReads from "#layers/nats/read/linearizableReads.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { BookAcquired, BookReturned, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
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

/** A replica that leaves messages out of so many answers. */
const staleReplica = (times: number, keeps: (position: number) => boolean) =>
  Layer.effect(
    Requests,
    Effect.map(Requests, (requests) => {
      let left = times
      const isKept = (message: Msg) => keeps(Number(headerValue(headerText(message), "Nats-Sequence")))
      return {
        ...requests,
        many: (...args: Parameters<typeof requests.many>) =>
          Effect.map(requests.many(...args), (answers) =>
            left-- > 0 ? answers.map((messages) => messages.filter(isKept)) : answers
          )
      }
    })
  )

const readRange = (from: Layer.Layer<EventLog, never, Requests | Nats.Nats>, upTo: number) =>
  Effect.flatMap(Effect.map(Layer.build(from), Context.get(EventLog)), (read) =>
    read.readRange(["BookReturned"], 0, upTo)
  ).pipe(Effect.scoped)

layer(connected, { excludeTestServices: true })("A range of the log", (it) => {
  const appendSix = Effect.gen(function* () {
    const writer = Context.get(yield* Layer.build(log()), EventLog)
    for (let n = 0; n < 3; n++) {
      const book = freshBook()
      const both = [new BookAcquired({ book, title: "" }), new BookReturned({ book, reader: book })]
      yield* appendTo(writer, streamIdOf(book), emptyStream, both, testMetadata(`c-${book.id}`))
    }
  }).pipe(Effect.scoped)

  it.effect("is not returned by a replica that lacks a part of it, at its end or within", () =>
    Effect.gen(function* () {
      yield* appendSix
      assert.deepStrictEqual(
        (yield* readRange(log(), 6)).map(({ position }) => position),
        [2, 4, 6]
      )
      assert.include((yield* Effect.flip(readRange(log(), 7))).message, "position 7")
      for (const missing of [1, 3, 6]) {
        const stale = log().pipe(Layer.provide(staleReplica(2, (position) => position !== missing)))
        assert.include((yield* Effect.flip(readRange(stale, 6))).message, `position ${missing}`)
      }
    })
  )

  it.effect("is read again on a cluster, until it is complete", () =>
    Effect.gen(function* () {
      const stale = log().pipe(Layer.provide(staleReplica(5, (position) => position < 4)))
      const linearizable = LinearizableReads.eventLog(library).pipe(Layer.provide(stale))
      assert.deepStrictEqual(
        (yield* readRange(linearizable, 6)).map(({ position }) => position),
        [2, 4, 6]
      )
    })
  )
})
