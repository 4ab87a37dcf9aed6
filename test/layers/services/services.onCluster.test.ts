import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { BookAcquired, BookShelved, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { clusterBackend } from "#test/support/backends.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { eventLog } from "./eventLog.suite.ts"
import { keyValue } from "./keyValue.suite.ts"
import { models } from "./models.suite.ts"
import { consumers } from "./subscriptions.suite.ts"

eventLog(clusterBackend)
consumers(clusterBackend)
keyValue(clusterBackend)
models(clusterBackend, 20)

layer(clusterBackend.services(library), { excludeTestServices: true, timeout: "30 seconds" })(
  "On three nodes",
  (it) => {
    it.effect(
      "a duplicate batch fails with its position, since the replica that answers the next read may be behind",
      () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const book = freshBook()
          const events = [new BookAcquired({ book, title: "" }), new BookShelved({ book, shelf: "s" })]
          const [first] = yield* appendTo(log, streamIdOf(book), emptyStream, events, testMetadata(book.id))
          const again = yield* Effect.flip(appendTo(log, streamIdOf(book), emptyStream, events, testMetadata(book.id)))
          assert.deepInclude(again, { _tag: "DuplicateCommand", position: first!.position })
          assert.strictEqual((yield* log.read(streamIdOf(book))).count, 2)
        })
    )
  }
)
