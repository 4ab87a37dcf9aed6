import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { initialStateAt, feedItemReader } from "#layers/monitoring/feed/feedItems.ts"
import { historyReader } from "#layers/monitoring/history/historyReader.ts"
import { toEventView } from "#layers/monitoring/history/toEventView.ts"
import { totalsOf } from "#layers/monitoring/operationsNow.ts"
import * as Monitoring from "#layers/monitoring/tail/LogTail.ts"
import { Requests } from "#layers/nats/connection/Requests.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { encodeHeaders, publish } from "#layers/nats/publish/publish.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { natsBackend } from "#test/support/backends.ts"
import { testServer } from "#test/support/testServer.ts"
import { monitoring } from "./monitoring.suite.ts"

monitoring(natsBackend)

const services = Effect.gen(function* () {
  const { url } = yield* testServer({ syncInterval: "2m" })
  const nats = Nats.layer(library, { servers: url, replicas: 1 })
  return yield* Layer.build(Monitoring.layer(library).pipe(Layer.provideMerge(nats)))
})

/** Messages of another writer: of an unknown type, with data that is not JSON, and without data. */
const undecodable: ReadonlyArray<readonly [subject: string, data: string, headers: Readonly<Record<string, string>>]> =
  [
    ["library.book.lending.moby.book-burned", `{"by":"mistake"}`, { "ce-id": "x", "ce-type": "BookBurned" }],
    ["library.book.lending.moby.book-borrowed", "not JSON", {}],
    ["library.attic", "", {}]
  ]

it.live("messages that the board cannot read are counted, shown and marked", () =>
  Effect.gen(function* () {
    const context = yield* services
    const [requests, reader, logTail] = [
      Context.get(context, Requests),
      Context.get(context, LogReader),
      Context.get(context, Monitoring.LogTail)
    ]
    yield* Effect.forEach(undecodable, ([subject, data, headers]) =>
      publish(requests, subject, data, encodeHeaders({ headers: "" }, headers))
    )
    const { facts, unknown } = totalsOf(library, yield* logTail.counts)
    assert.strictEqual(facts["BookBorrowed"]!.count, 1)
    assert.deepStrictEqual(
      Object.entries(unknown).map(([type, { count, position }]) => [type, count, position]),
      [
        ["book-burned", 1, 1],
        ["attic", 1, 3]
      ]
    )
    const [item] = feedItemReader(library, logTail, {})(initialStateAt(0, 0), 0, 200)
    const shown = item._tag === "Facts" ? item.events.map(toEventView(library)) : []
    assert.deepStrictEqual(
      shown.map(({ data, id, lane, type }) => [type, id, lane, data]),
      [
        ["book-burned", "x", undefined, { by: "mistake" }],
        ["BookBorrowed", "library/2", "library-lending", "not JSON"],
        ["attic", "library/3", undefined, ""]
      ]
    )
    for (const { unknown } of shown) assert.isNotEmpty(unknown)
    const page = yield* historyReader(library, logTail, reader)({ limit: 10 })
    assert.deepStrictEqual(page.facts, shown.toReversed())
  }).pipe(Effect.scoped)
)
