import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { beginAt, live } from "#layers/monitoring/feed/feedItems.ts"
import { shower } from "#layers/monitoring/history/eventView.ts"
import { past } from "#layers/monitoring/history/history.ts"
import { totalsOf } from "#layers/monitoring/operations.ts"
import * as Watch from "#layers/monitoring/tail/LogTail.ts"
import { Requests } from "#layers/nats/connection/Requests.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { headersOf, publish } from "#layers/nats/publish/publish.ts"
import { LogReader } from "#layers/services/LogReader.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { testServer } from "#test/support/nats.ts"
import { onNats } from "#test/support/services.ts"
import { watch } from "./monitoring.suite.ts"

watch(onNats)

const ground = Effect.gen(function* () {
  const { url } = yield* testServer({ syncInterval: "2m" })
  const services = Nats.layer(library, { servers: url, replicas: 1 })
  return yield* Layer.build(Watch.layer(library).pipe(Layer.provideMerge(services)))
})

/** What others wrote into the log: of no type, of another shape, of no shape at all. */
const strange: ReadonlyArray<readonly [subject: string, data: string, headers: Readonly<Record<string, string>>]> = [
  ["library.book.lending.moby.book-burned", `{"by":"mistake"}`, { "ce-id": "x", "ce-type": "BookBurned" }],
  ["library.book.lending.moby.book-borrowed", "not JSON", {}],
  ["library.attic", "", {}]
]

it.live("what the board cannot read is told, and marked", () =>
  Effect.gen(function* () {
    const context = yield* ground
    const [requests, reader, watch] = [
      Context.get(context, Requests),
      Context.get(context, LogReader),
      Context.get(context, Watch.Watch)
    ]
    yield* Effect.forEach(strange, ([subject, data, headers]) =>
      publish(requests, subject, data, headersOf({ headers: "" }, headers))
    )
    const { facts, unknown } = totalsOf(library, yield* watch.standing)
    assert.strictEqual(facts["BookBorrowed"]!.count, 1)
    assert.deepStrictEqual(
      Object.entries(unknown).map(([type, { count, position }]) => [type, count, position]),
      [
        ["book-burned", 1, 1],
        ["attic", 1, 3]
      ]
    )
    const [told] = live(library, watch, {})(beginAt(0, 0), 0, 200)
    const seen = told._tag === "Facts" ? told.facts.map(shower(library)) : []
    assert.deepStrictEqual(
      seen.map(({ data, id, lane, type }) => [type, id, lane, data]),
      [
        ["book-burned", "x", undefined, { by: "mistake" }],
        ["BookBorrowed", "library/2", "library-lending", "not JSON"],
        ["attic", "library/3", undefined, ""]
      ]
    )
    for (const { unknown } of seen) assert.isNotEmpty(unknown)
    const page = yield* past(library, watch, reader)({ limit: 10 })
    assert.deepStrictEqual(page.facts, seen.toReversed())
  }).pipe(Effect.scoped)
)
