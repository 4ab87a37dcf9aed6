import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { EventLog, untouched } from "#layers/services/EventLog.ts"
import { BookAcquired, BookShelved, library } from "#test/boards/libraryBoard.ts"
import { freshBook, origin, placeOf } from "#test/support/library.ts"
import { onCluster } from "#test/support/services.ts"
import { eventLog } from "./eventLog.suite.ts"
import { keyValue } from "./keyValue.suite.ts"
import { models } from "./models.suite.ts"
import { consumers } from "./subscriptions.suite.ts"

eventLog(onCluster)
consumers(onCluster)
keyValue(onCluster)
models(onCluster, 20)

layer(onCluster.services(library), { excludeTestServices: true, timeout: "30 seconds" })("On three nodes", (it) => {
  it.effect("a batch that was taken before says where it stands: who answers next may not have heard of it", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const book = freshBook()
      const facts = [new BookAcquired({ book, title: "" }), new BookShelved({ book, shelf: "s" })]
      const [first] = yield* log.append(placeOf(book), untouched, facts, origin(book.id))
      const again = yield* Effect.flip(log.append(placeOf(book), untouched, facts, origin(book.id)))
      assert.deepInclude(again, { _tag: "AlreadyAppended", position: first!.position })
      assert.strictEqual((yield* log.read(placeOf(book))).count, 2)
    })
  )
})
