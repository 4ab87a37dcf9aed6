import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as NatsLayers from "#layers/nats/natsServices.ts"
import { Audit, type AuditEntry } from "#layers/services/Audit.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { BookAcquired, BookShelved, BookUnknown, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { freshBook, testMetadata, streamIdOf } from "#test/support/libraryFixtures.ts"
import { testServer } from "#test/support/testServer.ts"

const serverWithMaxPayload = (maxPayload: number) =>
  testServer({ syncInterval: "2m", extraConfig: `max_payload: ${maxPayload}` })

/** A board that declares more than the server accepts. */
const board = {
  ...library,
  log: { ...library.log, maxMessageBytes: "1 MiB" as const },
  audit: { ...library.audit, maxMessageBytes: "1 MiB" as const },
  lanes: library.lanes.map((lane) => ({ ...lane, retention: { ...lane.retention, maxMessageBytes: "1 MiB" as const } }))
}

describe("A server with a small max_payload", () => {
  it.live("is unsuitable if the app's own checkpoints do not fit, and the error names the limit", () =>
    Effect.gen(function* () {
      for (const maxPayload of [1_024, 65_535]) {
        const { url } = yield* serverWithMaxPayload(maxPayload)
        const error = yield* Effect.flip(Layer.build(NatsLayers.layer(library, { servers: url, replicas: 1 })))
        assert.strictEqual((error as { readonly _tag: string })._tag, "NatsUnreachable")
        assert.include(
          (error as Error).message,
          `its max_payload is ${maxPayload} bytes, and events and rows need 65536 at least`
        )
        assert.include((error as Error).message, "Raise max_payload in the configuration of that server")
      }
    }).pipe(Effect.scoped)
  )

  it.live("permanently rejects a larger event, batch, rejection or row, and the error names the limit", () =>
    Effect.gen(function* () {
      const { url } = yield* serverWithMaxPayload(65_536)
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        const audit = yield* Audit
        const { bucket } = yield* KeyValue
        const title = "x".repeat(70_000)
        const book = freshBook()
        const acquired = new BookAcquired({ book, title })
        const shelved = new BookShelved({ book, shelf: "s" })
        for (const events of [[acquired], [shelved, acquired]]) {
          const error = yield* Effect.flip(appendTo(log, streamIdOf(book), emptyStream, events, testMetadata(book.id)))
          assert.deepInclude<object>(error, { _tag: "MessageTooLarge", type: "BookAcquired", maxBytes: 65_536 })
          assert.match(
            error.message,
            /at most 65536 are stored \(max_payload\).*raise max_payload in the configuration/u
          )
        }
        // No book has such an id, but a board may have rejections that are as large.
        const unknown = Object.assign(new BookUnknown({ book }), { book: { id: title } })
        const entry: AuditEntry = {
          ...testMetadata("c"),
          id: "entry",
          streamId: `book/${book.id}`,
          outcome: "refused",
          rejection: unknown
        }
        const auditError = yield* Effect.flip(audit.write(entry))
        assert.deepInclude<object>(auditError, { _tag: "MessageTooLarge", maxBytes: 65_536, limit: "max_payload" })

        const rowError = yield* Effect.flip(bucket("books-v1").put("a", title, 0))
        assert.deepInclude<object>(rowError, { _tag: "ValueTooLarge", maxBytes: 65_536 - 4_096, limit: "max_payload" })
        assert.match((rowError as Error).message, /max_payload of its server.*raise max_payload/u)
        assert.strictEqual(
          (yield* appendTo(log, streamIdOf(book), emptyStream, [shelved], testMetadata("small"))).length,
          1
        )
      }).pipe(Effect.provide(NatsLayers.layer(board, { servers: url, replicas: 1 })))
    }).pipe(Effect.scoped)
  )
})
