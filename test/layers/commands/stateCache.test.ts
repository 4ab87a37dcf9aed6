import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { StateCache } from "#layers/commands/StateCache.ts"
import type { StreamHistory } from "#layers/services/EventLog.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, BorrowBook, Shelf } from "#test/boards/libraryBoard.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

const book = { id: "moby" }
const kinds = [
  () => new BookAcquired({ book, title: "" }),
  () => new BookBorrowed({ book, reader: ann }),
  () => new BookReturned({ book, reader: ann })
]

const step = Schema.Struct({
  /** Who appends: this process, another one, or nobody; then whether this process reads the log. */
  by: Schema.Literals(["us", "them", "nobody"]),
  kind: Schema.Literals([0, 1, 2]),
  place: Schema.Literals(["a", "b", "c"]),
  looks: Schema.Boolean
})

const projections = [BorrowBook.state, Shelf]

it.effect.prop(
  "a state that is remembered is what the facts amounted to where the place stood then",
  [Schema.Array(step)],
  ([steps]) =>
    Effect.sync(() => {
      const memory = new StateCache(2)
      const logs = new Map<string, Array<RecordedEvent>>()
      let position = 0
      for (const [n, { by, kind, place, looks }] of steps.entries()) {
        const log = logs.get(place) ?? []
        logs.set(place, log)
        const stand = { position: log.at(-1)?.position ?? 0, count: log.length }
        if (by !== "nobody") {
          const recorded: RecordedEvent = {
            ...testMetadata(`${n}`),
            position: ++position,
            id: `${n}`,
            subject: "",
            streamId: place,
            streamRevision: log.length + 1,
            event: kinds[kind]!()
          }
          log.push(recorded)
          const before = stand.position === 0 ? projections.map((each) => [each, each.initial] as const) : []
          if (by === "us") memory.advance(place, stand, [recorded], new Map(before))
        }
        if (looks) {
          const past: StreamHistory = { events: log, position: log.at(-1)?.position ?? 0, count: log.length }
          for (const projection of projections) {
            memory.put(
              place,
              past,
              projection,
              Projection.fold(
                projection,
                log.map(({ event }) => event)
              )
            )
          }
        }
        assert.isAtMost(memory.size, 2)
        for (const [name, history] of logs) {
          const known = memory.get(name)
          if (!known) continue
          const then = history.filter((recorded) => recorded.position <= known.position)
          assert.strictEqual(known.count, then.length)
          for (const [key, state] of known.states) {
            const projection = key as Projection.Any
            assert.deepStrictEqual(
              state,
              Projection.fold(
                projection,
                then.map(({ event }) => event)
              )
            )
          }
          for (const { commandId } of then) assert.isTrue(memory.mightContain(name, commandId))
        }
      }
    }),
  { arbitrary: { size: 60 } }
)
