import { Context, Deferred, Effect, Layer, Scope, Stream, SubscriptionRef } from "effect"
import { Board } from "#domain/model/index.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { AuditReader } from "#layers/services/AuditReader.ts"
import { awaitPosition } from "#layers/timing/awaitPosition.ts"
import { type ByCommand, KnownRejections } from "./KnownRejections.ts"

/** How many of the newest rejections are read at the start, to find the last one of each command. */
const recentLimit = 200

/** Rejections are counted again this often: the audit drops old ones. */
const recountInterval = "1 hour"

/**
 * Counts rejections by command, those of other processes included: it reads the audit, once for this process, from the
 * first request on.
 */
export class RejectionTracker extends Context.Service<
  RejectionTracker,
  {
    /** The rejections of every command of the board. Waits for the first count. */
    readonly current: Effect.Effect<ByCommand>
    /** Waits for rejections after a version, which is 0 at first; answers with the commands that have some. */
    awaitChanges(after: number): Effect.Effect<{ readonly version: number; readonly commands: ByCommand }>
  }
>()("layers/monitoring/RejectionTracker") {}

export const layer = (board: Board.Any) =>
  Layer.effect(
    RejectionTracker,
    Effect.gen(function* () {
      const audit = yield* AuditReader
      const scope = yield* Effect.scope
      const firstCount = yield* Deferred.make<void>()
      const version = yield* SubscriptionRef.make(0)
      const rejections = new KnownRejections(Board.commands(board).map(({ name }) => name))
      let isStarted = false

      const record = (changes: ByCommand) =>
        SubscriptionRef.update(version, (before) => {
          rejections.set(changes, before + 1)
          return before + 1
        })

      /** Counts everything again: after an outage it is unknown which rejections were missed. */
      const count = Effect.gen(function* () {
        const { counts, position } = yield* audit.rejections
        yield* record(rejections.withCounts(counts))
        return position
      })

      const round = Effect.gen(function* () {
        const position = yield* count
        // The first count is no change.
        if (!(yield* Deferred.isDone(firstCount))) rejections.clearChanges()
        yield* Deferred.succeed(firstCount, undefined)
        const follow = Stream.runForEach(audit.follow(Math.max(0, position - recentLimit)), (all) =>
          record(rejections.withRejections(all, position))
        )
        yield* Effect.timeoutOption(follow, recountInterval)
      })

      const start = Effect.suspend(() => {
        if (isStarted) return Effect.void
        isStarted = true
        return Effect.provideService(supervise("the rejection tracker", Effect.forever(round)), Scope.Scope, scope)
      })

      const ready = Effect.andThen(start, Deferred.await(firstCount))
      return {
        current: Effect.map(ready, () => rejections.all()),
        awaitChanges: (after) =>
          ready.pipe(
            Effect.andThen(awaitPosition(version, after + 1)),
            Effect.andThen(SubscriptionRef.get(version)),
            Effect.map((version) => ({ version, commands: rejections.changedSince(after) }))
          )
      }
    })
  )
