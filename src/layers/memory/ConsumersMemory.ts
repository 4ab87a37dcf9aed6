import { Array, Effect, Layer, Semaphore, Stream, SubscriptionRef } from "effect"
import { Consumers, type Subscription } from "../Consumers.ts"
import { isUnreadable } from "../EventLog.ts"
import * as Subject from "../wire/Subject.ts"
import { MemoryLog } from "./EventLogMemory.ts"

const batchSize = 512

/** Durable only as long as the process: a cursor for each name. */
export const layer = Layer.effect(
  Consumers,
  Effect.gen(function* () {
    const { length, messages } = yield* MemoryLog
    const cursors = new Map<string, number>()
    const turns = new Map<string, Semaphore.Semaphore>()
    const turn = (name: string) => {
      const known = turns.get(name) ?? Semaphore.makeUnsafe(1)
      turns.set(name, known)
      return known
    }
    const waiting = ({ name, types }: Subscription) =>
      messages
        .slice(cursors.get(name) ?? 0)
        .filter((each) => (isUnreadable(each) ? Subject.isOf(types)(each.subject) : types.includes(each.fact._tag)))

    return {
      run: (subscription, handle, from = Effect.undefined) =>
        Effect.map(from, (known) => {
          if (known !== undefined) cursors.set(subscription.name, known)
        }).pipe(
          Effect.andThen(
            SubscriptionRef.changes(length).pipe(
              Stream.runForEach(() =>
                Effect.gen(function* () {
                  const end = messages.length
                  for (const batch of Array.chunksOf(waiting(subscription), batchSize)) {
                    yield* handle(batch)
                    cursors.set(subscription.name, batch.at(-1)!.position)
                  }
                  cursors.set(subscription.name, Math.max(end, cursors.get(subscription.name) ?? 0))
                })
              )
            )
          ),
          Effect.andThen(Effect.never),
          turn(subscription.name).withPermits(1)
        ),
      lag: (subscription) => Effect.sync(() => waiting(subscription).length),
      position: ({ name }) => Effect.sync(() => cursors.get(name) ?? 0)
    }
  })
)
