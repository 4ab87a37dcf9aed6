import { assert, expectTypeOf, it } from "@effect/vitest"
import { Effect } from "effect"
import { FetchHttpClient } from "effect/http"
import { clientOf } from "#layers/http/contract/client.ts"
import { start } from "#layers/http/server/httpServer.ts"
import { ann, book, BookIsOut, library } from "#test/boards/libraryBoard.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"

it.live("another board is served and called by the same layers", () =>
  Effect.gen(function* () {
    const { url } = yield* start(library, { host: "127.0.0.1", port: 0 })
    const { commands, views } = yield* clientOf(library, url)
    expectTypeOf<keyof typeof commands>().toEqualTypeOf<"AcquireBook" | "BorrowBook" | "ReturnBook">()

    yield* commands.AcquireBook({ book, title: "Moby-Dick; or, The Whale – “Ahab”" })
    const { seq, facts } = yield* commands.BorrowBook({ book, reader: ann })
    assert.deepInclude(facts[0], { type: "BookBorrowed", subject: "library.book.lending.moby.book-borrowed" })
    const row = yield* views.Shelf({ book }, { after: seq })
    assert.deepInclude(row, { book, where: "ann", loans: 1, updatedBy: "Member", position: seq })

    const rejection = yield* Effect.flip(commands.BorrowBook({ book, reader: { id: "bob" } }))
    assert.deepStrictEqual(rejection, new BookIsOut({ book }))
    const problem = yield* Effect.flip(views.Shelf({ book: { id: "No Such" } }))
    assert.deepStrictEqual(
      problem.errors?.map(({ path }) => path),
      ["book"]
    )
  }).pipe(Effect.scoped, Effect.provide(runningBoard(library, memoryBackend)), Effect.provide(FetchHttpClient.layer))
)
