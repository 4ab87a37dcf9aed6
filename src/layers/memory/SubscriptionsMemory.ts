import { Array, Effect, Layer, Semaphore, Stream, SubscriptionRef } from "effect"
import * as Subject from "#layers/codec/Subject.ts"
import { subscriptionPositions } from "#layers/processors/subscriptionPositions.ts"
import { EventLog, isUndecodable, type LogUnavailable, type LogEntry } from "#layers/services/EventLog.ts"
import { KeyValue, type StoreUnavailable } from "#layers/services/KeyValue.ts"
import { isOriginal } from "#layers/services/RecordedEvent.ts"
import { Subscriptions, type Subscription } from "#layers/services/Subscriptions.ts"
import { MemoryLog } from "./MemoryLog.ts"

const batchSize = 512

/** Durable only until the process ends, as are the log and the checkpoints. */
export const layer = Layer.effect(
  Subscriptions,
  Effect.gen(function* () {
    const { length, messages } = yield* MemoryLog
    const { withStoredCheckpoint, lag, position } = subscriptionPositions(yield* EventLog, yield* KeyValue)
    const semaphores = new Map<string, Semaphore.Semaphore>()
    const semaphoreOf = (name: string) => {
      const known = semaphores.get(name) ?? Semaphore.makeUnsafe(1)
      semaphores.set(name, known)
      return known
    }

    return {
      run: <E, R>(
        subscription: Subscription,
        handle: (batch: Array.NonEmptyReadonlyArray<LogEntry>) => Effect.Effect<void, E, R>,
        resumeFrom?: Effect.Effect<number | undefined, E, R>
      ) =>
        Effect.gen(function* () {
          const { name, types } = subscription
          const hasType = (each: LogEntry) =>
            isUndecodable(each)
              ? Subject.matchesTypes(types)(each.subject)
              : types.includes(each.event._tag) && isOriginal(each)
          const { checkpoint, deliver } =
            resumeFrom === undefined
              ? yield* withStoredCheckpoint(subscription, handle)
              : { checkpoint: resumeFrom, deliver: handle }
          const startPosition: Effect.Effect<number | undefined, E | LogUnavailable | StoreUnavailable, R> = checkpoint
          const active = Effect.gen(function* () {
            let handled = (yield* startPosition) ?? 0
            return yield* SubscriptionRef.changes(length).pipe(
              Stream.runForEach(() =>
                Effect.gen(function* () {
                  const end = messages.length
                  const pending = messages.slice(handled).filter(hasType)
                  for (const batch of Array.chunksOf(pending, batchSize)) {
                    yield* deliver(batch)
                    handled = batch.at(-1)!.position
                  }
                  handled = Math.max(end, handled)
                })
              ),
              Effect.andThen(Effect.never)
            )
          })
          return yield* semaphoreOf(name).withPermits(1)(active)
        }),
      lag,
      position
    }
  })
)
