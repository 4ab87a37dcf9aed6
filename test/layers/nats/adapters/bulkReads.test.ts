import { assert, it } from "@effect/vitest"
import { Array, Context, Effect, Layer, Stream } from "effect"
import { totalsBucket } from "#layers/buckets/bucketNames.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import * as NatsServices from "#layers/nats/natsServices.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { ann, BookAcquired, BookBorrowed, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { testServer } from "#test/support/testServer.ts"

it.live("pages, replays, the log tail and long lists do not use the connection of commands", () =>
  Effect.gen(function* () {
    const { url } = yield* testServer({ syncInterval: "2m" })
    const services = yield* Layer.build(NatsServices.layer(library, { servers: url, replicas: 1 }))
    const [nats, log, reader, kv] = [
      Context.get(services, Nats),
      Context.get(services, EventLog),
      Context.get(services, LogReader),
      Context.get(services, KeyValue)
    ]
    const book = freshBook()
    const events = [
      new BookAcquired({ book, title: "" }),
      ...Array.range(1, 499).map(() => new BookBorrowed({ book, reader: ann }))
    ]
    yield* appendTo(log, streamIdOf(book), emptyStream, events, testMetadata("bulk"))
    const bucket = kv.bucket(totalsBucket)
    yield* Effect.forEach(Array.range(1, 200), (n) => bucket.put(`bulk.${n}`, "x", 0), { concurrency: 64 })

    const { inMsgs: before } = nats.stats()
    assert.strictEqual((yield* reader.readPage(0, 500)).length, 500)
    let replayed = 0
    yield* reader.replay(["BookBorrowed"], 0, 500, (page) =>
      Effect.sync(() => {
        replayed += page.length
      })
    )
    assert.strictEqual(replayed, 499)
    let followed = 0
    yield* reader.follow(0).pipe(
      Stream.takeUntil((batch) => (followed += batch.length) >= 500),
      Stream.runDrain
    )
    assert.strictEqual(followed, 500)
    assert.strictEqual((yield* bucket.list(["bulk.*"], 1_000)).entries.length, 200)
    // Some heartbeats may arrive on it; the 1,700 messages did not.
    assert.isBelow(nats.stats().inMsgs - before, 50)
  }).pipe(Effect.scoped)
)
