import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { QueuedState } from "#layers/commands/QueuedStates.ts"
import { StateCache } from "#layers/commands/StateCache.ts"
import type { StreamHistory } from "#layers/services/EventLog.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { ann, BookAcquired, BookBorrowed, BookReturned, BorrowBook, Shelf } from "#test/boards/libraryBoard.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

const book = { id: "moby" }
const eventFactories = [
  () => new BookAcquired({ book, title: "" }),
  () => new BookBorrowed({ book, reader: ann }),
  () => new BookReturned({ book, reader: ann })
]

const step = Schema.Struct({
  /** The process that appends; then whether this process reads the log. */
  by: Schema.Literals(["this process", "another process", "none"]),
  kind: Schema.Literals([0, 1, 2]),
  streamId: Schema.Literals(["a", "b", "c"]),
  reads: Schema.Boolean
})

const projections: ReadonlyArray<Projection.Any> = [BorrowBook.guards.state.projection, Shelf]

it.effect.prop(
  "a cached state is the fold of the events up to the cached version",
  [Schema.Array(step)],
  ([steps]) =>
    Effect.sync(() => {
      const cache = new StateCache(2)
      const logs = new Map<string, Array<RecordedEvent>>()
      let position = 0
      for (const [n, { by, kind, streamId, reads }] of steps.entries()) {
        const log = logs.get(streamId) ?? []
        logs.set(streamId, log)
        const version = { position: log.at(-1)?.position ?? 0, count: log.length }
        if (by !== "none") {
          const recorded: RecordedEvent = {
            ...testMetadata(`${n}`),
            position: ++position,
            id: `${n}`,
            subject: "",
            streamId,
            streamRevision: log.length + 1,
            event: eventFactories[kind]!()
          }
          log.push(recorded)
          const cached = cache.get(streamId)
          const before =
            version.position === 0
              ? new Map(projections.map((each) => [each, each.initial as unknown]))
              : cached?.position === version.position
                ? cached.states
                : new Map()
          const { lazyStates } = new QueuedState({ events: [recorded] }, [recorded], before)
          if (by === "this process") cache.advance(streamId, version.position, recorded, lazyStates, n)
        }
        if (reads) {
          const history: StreamHistory = { events: log, position: log.at(-1)?.position ?? 0, count: log.length }
          const events = log.map(({ event }) => event)
          for (const projection of projections) {
            cache.put(streamId, history, new Map([[projection, Projection.fold(projection, events)]]), n)
          }
        }
        assert.isAtMost(cache.size, 2)
        for (const [name, history] of logs) {
          const cached = cache.get(name)
          if (!cached) continue
          const cachedEvents = history.filter((recorded) => recorded.position <= cached.position)
          assert.strictEqual(cached.count, cachedEvents.length)
          for (const [projection, state] of cached.states) {
            assert.deepStrictEqual(
              state,
              Projection.fold(
                projection,
                cachedEvents.map(({ event }) => event)
              )
            )
          }
          for (const { commandId } of cachedEvents) assert.isTrue(cache.mightContain(name, commandId))
        }
      }
    }),
  { arbitrary: { size: 60 } }
)
