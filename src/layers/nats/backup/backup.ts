import type { Board } from "#domain/grammar/index.ts"
import type { JetStreamManager } from "@nats-io/jetstream"
import { Clock, Data, Effect, Predicate, Schedule, Stream } from "effect"
import { reasonOf } from "../../reasonOf.ts"
import { streamsOf } from "../streams.ts"
import * as Container from "./container.ts"
import { SnapshotFailed } from "./errors.ts"
import { type Follower, inOrder, managed, type Report, type Section } from "./section.ts"
import { type Description, snapshot } from "./snapshots.ts"

/** Whether a snapshot ends within a command's facts: the last message is of a batch, and not the one that closes it. */
const endsWithin = async (manager: JetStreamManager, { config, state }: Description) => {
  if (!config.allow_atomic || state.last_seq === 0) return false
  const last = await manager.streams.getMessage(config.name, { seq: state.last_seq })
  return Boolean(last?.header.get("Nats-Batch-Id")) && !last?.header.get("Nats-Batch-Commit")
}

class EndsWithin extends Data.TaggedError("EndsWithin") {}

const again = Schedule.spaced("20 millis").pipe(Schedule.upTo({ times: 100 }))

/**
 * All streams and buckets of a board in one file, with how far their consumers are. The board may be at work meanwhile.
 * Of two moments in the life of a hotel, what is in the file is never a mixture: no row, no lane and no consumer is ahead of
 * the log, and no command is there in part.
 */
export const backup = Effect.fnUntraced(function* (board: Board.Any, file: string, report: Report) {
  const { nats, manager, version } = yield* managed
  const streams = inOrder(board, streamsOf(board, 1))
  const attempt = <A>(stream: string, work: () => Promise<A>) =>
    Effect.tryPromise({ try: work, catch: (error) => new SnapshotFailed({ stream, reason: reasonOf(error) }) })

  // Before everything else: what a consumer has acknowledged is in every stream that is backed up after.
  const followers = new Map<string, ReadonlyArray<Follower>>()
  for (const { name } of streams) {
    const consumers = yield* attempt(name, () => Array.fromAsync(manager.consumers.list(name)))
    const durable = consumers.filter(({ config }) => config.durable_name)
    followers.set(
      name,
      durable.map(({ ack_floor, config }) => ({ config, acknowledged: ack_floor.stream_seq }))
    )
  }

  const time = new Date(yield* Clock.currentTimeMillis).toISOString()
  const writer = yield* Container.create(file, { board: board.name, time, server: version })
  const one = Effect.fnUntraced(
    function* (name: string) {
      const { bytes, config, state } = yield* snapshot(nats, name)
      if (yield* attempt(name, () => endsWithin(manager, { config, state }))) return yield* new EndsWithin()
      const section: Section = { config, state, consumers: followers.get(name)! }
      yield* writer.line({ stream: name, ...section })
      let size = 0
      yield* Stream.runForEach(bytes, (data) => {
        size += data.length
        return Effect.andThen(writer.data(data), report({ stream: name, messages: state.messages, bytes: size }))
      })
      yield* writer.line({ end: name, bytes: size })
    },
    Effect.scoped,
    Effect.retry({ schedule: again, while: Predicate.isTagged("EndsWithin") })
  )
  for (const { name } of streams) {
    const reason = "others never stopped writing, and each time it ended within the facts of a command"
    yield* one(name).pipe(
      Effect.catchTag("EndsWithin", () => Effect.fail(new SnapshotFailed({ stream: name, reason })))
    )
  }
  yield* writer.finish
}, Effect.scoped)
