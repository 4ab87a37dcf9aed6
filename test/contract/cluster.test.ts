import { EventLog, untouched } from "#layers/EventLog.ts"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { BookAcquired, BookShelved, library } from "../library/board.ts"
import { freshBook, origin, placeOf } from "../support/library.ts"
import { onCluster } from "../support/services.ts"
import { consumers } from "./consumers.ts"
import { eventLog } from "./eventLog.ts"
import { keyValue } from "./keyValue.ts"
import { models } from "./models.ts"

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
