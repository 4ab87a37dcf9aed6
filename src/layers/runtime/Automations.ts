import { Board, type Slice } from "#domain/grammar/index.ts"
import { Array, Cause, Clock, Effect, Layer, Option, Schedule, Stream } from "effect"
import { Consumers } from "../Consumers.ts"
import { EventLog, isUnreadable, type Read } from "../EventLog.ts"
import type { Recorded } from "../Fact.ts"
import { derive } from "../Ids.ts"
import { type Bucket, KeyValue } from "../KeyValue.ts"
import * as Subject from "../wire/Subject.ts"
import { checkpoint, checkpointIn } from "./checkpoint.ts"
import { Commands } from "./Commands.ts"
import { checkpointsBucket, ofAutomation } from "./followers.ts"
import { waits } from "./sheet.ts"
import { Parking, type Stuck } from "./Parking.ts"
import { backOff, supervise } from "./supervise.ts"
import { keepBucket } from "./keepBucket.ts"
import { noted, trouble } from "./Troubles.ts"
import { isVoid } from "./voiding.ts"

/** How many places an automation works on at once; facts of one place are taken in their order. */
const atOnce = 32

/** Everybody waits while the log is not reachable; what fails otherwise would keep others waiting. */
const isOutage = ({ _tag }: { readonly _tag: string }) =>
  _tag === "LogUnavailable" || _tag === "LogFull" || _tag === "LogDamaged"
const aFewTimes = Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 5 }))
const attempts = 6

/** Milliseconds between two notes of how far it has come. */
const between = 1_000

/** Facts after which that may be noted. Who is cut off within a batch, again and again, comes further each time. */
const piece = 128

const follow = Effect.fnUntraced(function* (automation: Slice.Automation<any, any>) {
  const log = yield* EventLog
  const consumers = yield* Consumers
  const commands = yield* Commands
  const parking = yield* Parking
  const bucket = (yield* KeyValue).bucket(checkpointsBucket)
  const subscription = ofAutomation(automation)
  const by = subscription.name
  const name = `automation ${automation.name}`

  /** The command id comes from the fact's, so that a fact handed over twice is answered once. */
  const answer = (cause: Recorded) =>
    Effect.suspend(() => {
      const inputs: ReadonlyArray<any> = automation.react(cause.fact)
      return Effect.forEach(
        inputs,
        (input, n) =>
          commands
            .execute(automation.issues, input, {
              actor: automation.by.name,
              commandId: derive(`${cause.id}/${automation.name}/${n}`),
              correlationId: cause.correlationId,
              causationId: cause.id,
              traceparent: cause.traceparent,
              after: cause
            })
            .pipe(
              Effect.catchTag("Refused", ({ refusal }) =>
                Effect.logDebug(`${automation.name}: ${automation.issues.name} was refused: ${refusal._tag}`)
              )
            ),
        { discard: true }
      )
    })

  /** Fails with why a fact cannot be taken. */
  const taken = (read: Read): Effect.Effect<void, string> =>
    isUnreadable(read)
      ? Effect.flatMap(Effect.orDie(Effect.retry(isVoid(log, read), backOff)), (voided) =>
          voided ? Effect.void : Effect.fail(read.reason)
        )
      : answer(read).pipe(
          Effect.tapError(({ message }) =>
            Effect.andThen(Effect.logWarning(`${name} tries again: ${message}`), trouble(name, message))
          ),
          Effect.retry({ while: isOutage, schedule: backOff }),
          Effect.sandbox,
          Effect.retry({ schedule: aFewTimes, while: (cause) => !Cause.hasInterrupts(cause) }),
          Effect.catch((cause) =>
            Cause.hasInterrupts(cause) ? Effect.interrupt : Effect.fail(String(Cause.squash(cause)))
          )
        )

  /** The facts of one place, in order; from the first that cannot be taken on, they are put aside. */
  const place = Effect.fnUntraced(function* (facts: ReadonlyArray<Read>) {
    const aside: globalThis.Array<Stuck> = []
    for (const read of facts) {
      const behind = aside.length > 0 || parking.places(by).has(read.place)
      const reason = behind
        ? waits
        : yield* Effect.match(taken(read), { onFailure: (reason) => reason, onSuccess: none })
      if (reason === undefined) continue
      const type = isUnreadable(read) ? Subject.typeAmong(subscription.types, read.subject) : read.fact._tag
      const { place, position } = read
      aside.push({ by, place, position, type, reason, attempts: behind ? 0 : attempts, behind })
    }
    yield* parking.park(aside)
  })

  yield* parking.retries(by, ({ position }) =>
    log.at(position).pipe(
      Effect.mapError(({ message }) => message),
      Effect.flatMap(
        Option.match({ onNone: () => Effect.fail("it does not stand in the log any more"), onSome: taken })
      )
    )
  )

  let lastNote = 0
  /** How far this process knows that it has come. */
  let lastKnown = 0
  /** Now and then: what is answered again costs little, and the next fact need not wait for a disk. */
  const noteNow = <E>(reached: (position: number) => Effect.Effect<void, E>, position: number) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      // Before the first note there is nothing to put back.
      if (lastKnown > 0) lastKnown = position
      if (now - lastNote < between) return Effect.void
      lastNote = now
      return Effect.andThen(
        reached(position),
        Effect.sync(() => void (lastKnown = position))
      )
    })

  const run = Effect.gen(function* () {
    yield* bucket.ensure
    const { read, reached } = yield* checkpoint(log, bucket, by)
    const take = (facts: Array.NonEmptyReadonlyArray<Read>) =>
      Effect.forEach(Map.groupBy(facts, ({ place }) => place).values(), place, {
        concurrency: atOnce,
        discard: true
      }).pipe(Effect.andThen(noteNow(reached, Array.lastNonEmpty(facts).position)))
    return yield* consumers.run(
      subscription,
      (batch) => noted(name, Effect.forEach(Array.chunksOf(batch, piece), take, { discard: true })),
      read.pipe(
        Effect.tap((position) => Effect.sync(() => void (lastKnown = position ?? 0))),
        Effect.tap(parking.known)
      )
    )
  })
  yield* supervise(name, run)
  yield* keepCheckpoint(log, bucket, by, () => lastKnown)
})

const none = () => undefined

/** Puts the checkpoint back as it was, where it was removed or something else wrote what is none. */
const keepCheckpoint = Effect.fnUntraced(function* (
  log: EventLog["Service"],
  bucket: Bucket,
  key: string,
  lastKnown: () => number
) {
  const restore = Effect.gen(function* () {
    const position = lastKnown()
    if (position === 0) return
    const { reached } = yield* checkpoint(log, bucket, key)
    yield* reached(position)
  })
  yield* keepBucket(bucket, `${checkpointsBucket} (${key})`, {
    isIncomplete: () => Effect.map(bucket.get(key), (entry) => lastKnown() > 0 && Option.isNone(entry)),
    restore: () => restore
  })
  yield* bucket.watch(key).pipe(
    Stream.filter(({ value }) => Option.isNone(value) || checkpointIn(value.value) === undefined),
    Stream.runForEach(() =>
      Effect.suspend(() => {
        if (lastKnown() === 0) return Effect.void
        return Effect.andThen(
          Effect.logError(
            `The checkpoint of ${key} was removed or cannot be read; it is written again at ${lastKnown()}`
          ),
          restore
        )
      })
    ),
    Effect.andThen(Effect.never),
    (run) => supervise(`the checkpoint of ${key}`, run)
  )
})

/** The gears of the board: fact in, command out. */
export const layer = (board: Board.Any) =>
  Layer.effectDiscard(Effect.forEach(Board.automations(board), follow, { discard: true }))
