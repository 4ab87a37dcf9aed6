import { Array, Effect, Layer, Option } from "effect"
import { Board, type Slice } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { waits } from "#layers/deadLetters/DeadLetter.ts"
import { Parking, type Stuck } from "#layers/deadLetters/DeadLetters.ts"
import { checkpoint } from "#layers/processors/checkpoint.ts"
import { noting } from "#layers/processors/checkpointWriter.ts"
import { keepCheckpoint } from "#layers/processors/maintainCheckpoint.ts"
import { noted } from "#layers/processors/ProcessorErrors.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { checkpointsBucket } from "#layers/services/buckets.ts"
import { EventLog, isUnreadable, type Read } from "#layers/services/EventLog.ts"
import { KeyValue } from "#layers/services/KeyValue.ts"
import { Consumers } from "#layers/services/Subscriptions.ts"
import { ofAutomation } from "#layers/services/subscriptionsOf.ts"
import { answering } from "./automationProcessor.ts"

/** How many places an automation works on at once; facts of one place are taken in their order. */
const atOnce = 32

/** Facts after which that may be noted. Who is cut off within a batch, again and again, comes further each time. */
const piece = 128

const follow = Effect.fnUntraced(function* (automation: Slice.Automation<any, any>) {
  const log = yield* EventLog
  const consumers = yield* Consumers
  const parking = yield* Parking
  const bucket = (yield* KeyValue).bucket(checkpointsBucket)
  const subscription = ofAutomation(automation)
  const by = subscription.name
  const name = `automation ${automation.name}`

  const taken = yield* answering(automation, name)

  /** The facts of one place, in order; from the first that cannot be taken on, they are put aside. */
  const place = Effect.fnUntraced(function* (facts: ReadonlyArray<Read>) {
    const aside: globalThis.Array<Stuck> = []
    const passedOver = parking.passedOver(by)
    for (const read of facts) {
      if (passedOver.has(read.position)) continue
      const behind = aside.length > 0 || parking.places(by).has(read.place)
      const failure = behind
        ? { reason: waits, attempts: 0 }
        : yield* Effect.match(taken(read), { onFailure: (failure) => failure, onSuccess: none })
      if (failure === undefined) continue
      const type = isUnreadable(read) ? Subject.typeAmong(subscription.types, read.subject) : read.fact._tag
      const { place, position } = read
      aside.push({ by, place, position, type, ...failure, behind })
    }
    yield* parking.park(aside)
  })

  yield* parking.retries(by, ({ position }) =>
    log.at(position).pipe(
      Effect.mapError(({ message }) => message),
      Effect.flatMap(
        Option.match({
          onNone: () => Effect.fail("it does not stand in the log any more"),
          onSome: (read) => Effect.mapError(taken(read), ({ reason }) => reason)
        })
      )
    )
  )

  /** The position that this process knows to be in the checkpoint. */
  let lastKnown = 0

  const run = Effect.gen(function* () {
    yield* bucket.ensure
    const { read, reached } = yield* checkpoint(log, bucket, by)
    const note = yield* noting((position) =>
      Effect.andThen(
        reached(position),
        Effect.sync(() => void (lastKnown = position))
      )
    )
    const take = (facts: Array.NonEmptyReadonlyArray<Read>) =>
      Effect.forEach(Map.groupBy(facts, ({ place }) => place).values(), place, {
        concurrency: atOnce,
        discard: true
      }).pipe(Effect.andThen(note(Array.lastNonEmpty(facts).position)))
    return yield* consumers.run(
      subscription,
      (batch) => noted(name, Effect.forEach(Array.chunksOf(batch, piece), take, { discard: true })),
      read.pipe(
        Effect.tap((position) => Effect.sync(() => void (lastKnown = position ?? 0))),
        Effect.tap(parking.known)
      )
    )
  })
  yield* supervise(name, Effect.scoped(run))
  yield* keepCheckpoint(log, bucket, by, () => lastKnown)
})

const none = () => undefined

/** The gears of the board: fact in, command out. */
export const layer = (board: Board.Any) =>
  Layer.effectDiscard(Effect.forEach(Board.automations(board), follow, { discard: true }))
