import { Array, Effect, Layer, Semaphore, Stream, SubscriptionRef } from "effect"
import * as Subject from "#layers/codec/Subject.ts"
import { positions } from "#layers/processors/positions.ts"
import { EventLog, isUnreadable, type LogUnavailable, type Read } from "#layers/services/EventLog.ts"
import { KeyValue, type StoreUnavailable } from "#layers/services/KeyValue.ts"
import { Consumers, type Subscription } from "#layers/services/Subscriptions.ts"
import { MemoryLog } from "./EventLogMemory.ts"

const batchSize = 512

/** Durable only as long as the process, as the log and the checkpoints are. */
export const layer = Layer.effect(
  Consumers,
  Effect.gen(function* () {
    const { length, messages } = yield* MemoryLog
    const { kept, lag, position } = positions(yield* EventLog, yield* KeyValue)
    const turns = new Map<string, Semaphore.Semaphore>()
    const turn = (name: string) => {
      const known = turns.get(name) ?? Semaphore.makeUnsafe(1)
      turns.set(name, known)
      return known
    }

    return {
      run: <E, R>(
        subscription: Subscription,
        handle: (batch: Array.NonEmptyReadonlyArray<Read>) => Effect.Effect<void, E, R>,
        from?: Effect.Effect<number | undefined, E, R>
      ) =>
        Effect.gen(function* () {
          const { name, types } = subscription
          const isWanted = (each: Read) =>
            isUnreadable(each) ? Subject.isOf(types)(each.subject) : types.includes(each.fact._tag)
          const { checkpoint, hand } =
            from === undefined ? yield* kept(subscription, handle) : { checkpoint: from, hand: handle }
          const known: Effect.Effect<number | undefined, E | LogUnavailable | StoreUnavailable, R> = checkpoint
          const active = Effect.gen(function* () {
            let taken = (yield* known) ?? 0
            return yield* SubscriptionRef.changes(length).pipe(
              Stream.runForEach(() =>
                Effect.gen(function* () {
                  const end = messages.length
                  const waiting = messages.slice(taken).filter(isWanted)
                  for (const batch of Array.chunksOf(waiting, batchSize)) {
                    yield* hand(batch)
                    taken = batch.at(-1)!.position
                  }
                  taken = Math.max(end, taken)
                })
              ),
              Effect.andThen(Effect.never)
            )
          })
          return yield* turn(name).withPermits(1)(active)
        }),
      lag,
      position
    }
  })
)
