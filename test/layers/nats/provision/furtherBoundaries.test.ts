import { assert, describe, it } from "@effect/vitest"
import type { JetStreamManager } from "@nats-io/jetstream"
import { Effect, Layer } from "effect"
import { Board, Lane } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import * as NatsConnection from "#layers/nats/connection/Nats.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { provision } from "#layers/nats/provision/provision.ts"
import { Audit } from "#layers/services/Audit.ts"
import { emptyStream, EventLog } from "#layers/services/EventLog.ts"
import { academyBoard } from "#test/boards/academyBoard.ts"
import { freshId, StudentSubscribed } from "#test/boards/academyEvents.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"
import { managerAt, messagesOf, waitUntilSettled } from "#test/support/streamDump.ts"
import { testServer } from "#test/support/testServer.ts"

/** Short, since the deduplication of derived streams would hide a message that is copied twice. */
const retention = { maxBytes: "64 MiB", duplicateWindow: "100 millis" } as const

/** The lanes of the academy, with or without further boundaries. */
const academy = (isAlso: boolean): Board.Any => ({
  ...academyBoard,
  slices: [],
  lanes: academyBoard.lanes.map(({ also = [], ...lane }: Lane.Any) => ({
    ...lane,
    ...(isAlso && { also }),
    retention
  })),
  log: retention,
  audit: retention
})
const [plain, shared] = [academy(false), academy(true)]

/** Subscribes so many students, and has one command rejected. */
const subscribe = (url: string, board: Board.Any, count: number) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    for (let n = 0; n < count; n++) {
      const [course, student] = [freshId(), freshId()]
      const event = new StudentSubscribed({ course, student })
      const lane = Board.laneOf(board).get(event._tag)!
      const expected = Lane.streamIds(lane, event).map((streamId) => ({ streamId, version: emptyStream }))
      yield* log.append(expected, [event], testMetadata(`c-${course.id}`))
    }
    const { id } = freshId()
    yield* (yield* Audit).write({ ...testMetadata(`u-${id}`), id, streamId: `course/${id}`, outcome: "unchanged" })
  }).pipe(Effect.provide(Layer.fresh(Nats.layer(board, { servers: url, replicas: 1 }))), Effect.scoped)

const idsOn = (manager: JetStreamManager, stream: string, isIncluded: (subject: string) => boolean) =>
  Effect.promise(async () =>
    (await messagesOf(manager, stream))
      .filter(({ subject }) => isIncluded(subject))
      .map(({ headers }) => headers.find(([name]) => name === "ce-id")![1][0]!)
  )

const isOriginal = (subject: string) => !Subject.isAuxiliary(subject)

/** The audit has each event of the log once, and no copy of an event. */
const assertEachOnce = Effect.fnUntraced(function* (manager: JetStreamManager, board: Board.Any) {
  yield* waitUntilSettled(manager, board)
  const events = yield* idsOn(manager, board.name, isOriginal)
  for (const [stream, prefix] of [
    ["audit", "audit.accepted."],
    ["academy-subscriptions", ""]
  ] as const) {
    assert.deepStrictEqual(yield* idsOn(manager, stream, (subject) => subject.startsWith(prefix)), events, stream)
  }
  assert.isTrue((yield* idsOn(manager, "audit", (subject) => subject.startsWith("audit.unchanged."))).length > 0)
})

describe("The audit of a board that gets its first further boundary", () => {
  it.live("has each event once, and no copies", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer({ syncInterval: "2m" })
      const manager = yield* managerAt(url)
      yield* subscribe(url, plain, 3)
      yield* assertEachOnce(manager, plain)
      yield* subscribe(url, shared, 3)
      yield* assertEachOnce(manager, shared)
    }).pipe(Effect.scoped)
  )

  it.live("has each event once if the app ended between the two steps of the change", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer({ syncInterval: "2m" })
      const manager = yield* managerAt(url)
      yield* subscribe(url, plain, 3)
      yield* assertEachOnce(manager, plain)
      const { config } = yield* Effect.promise(() => manager.streams.info("audit"))
      const sources = config.sources!.filter(({ name }) => name !== plain.name)
      yield* Effect.promise(() => manager.streams.update("audit", { sources }))
      yield* provision(shared, 1).pipe(Effect.provide(NatsConnection.layer(url)))
      yield* subscribe(url, shared, 3)
      yield* assertEachOnce(manager, shared)
    }).pipe(Effect.scoped)
  )
})
