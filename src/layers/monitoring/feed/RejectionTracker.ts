import { Context, Deferred, Effect, Layer, Scope, Stream, SubscriptionRef } from "effect"
import { Board } from "#domain/model/index.ts"
import type { CommandRejections } from "#layers/contract/rejectionsSchema.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { AuditReader, type RejectedCommand } from "#layers/services/AuditReader.ts"
import { awaitPosition } from "#layers/timing/awaitPosition.ts"

/** How many of the newest rejections are read at the start, to find the last one of each command. */
const recentLimit = 200

/** Rejections are counted again this often: the audit drops old ones. */
const recountInterval = "1 hour"

type ByCommand = ReadonlyMap<string, CommandRejections>

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

const lastRejectionOf = ({
  actor,
  correlationId,
  streamId,
  time,
  type
}: RejectedCommand): CommandRejections["last"] => ({
  type,
  place: streamId,
  actor,
  time,
  correlationid: correlationId
})

export const layer = (board: Board.Any) =>
  Layer.effect(
    RejectionTracker,
    Effect.gen(function* () {
      const audit = yield* AuditReader
      const scope = yield* Effect.scope
      const firstCount = yield* Deferred.make<void>()
      const version = yield* SubscriptionRef.make(0)
      const countsByCommand = new Map<string, CommandRejections>(
        Board.commands(board).map(({ name }) => [name, { count: 0, last: null }])
      )
      /** The version of the newest change, by command. */
      const changedAt = new Map<string, number>()
      let isStarted = false

      const record = (changes: ByCommand) =>
        SubscriptionRef.update(version, (before) => {
          for (const [command, rejected] of changes) {
            // An equal count is no change: only the last rejection was looked up.
            if (rejected.count !== countsByCommand.get(command)?.count) changedAt.set(command, before + 1)
            countsByCommand.set(command, rejected)
          }
          return before + 1
        })

      /** @param upTo the position in the audit up to which rejections are counted already */
      const apply = (rejections: ReadonlyArray<RejectedCommand>, upTo: number) => {
        const changes = new Map<string, CommandRejections>()
        for (const rejection of rejections) {
          const { count } = changes.get(rejection.command) ?? countsByCommand.get(rejection.command) ?? { count: 0 }
          changes.set(rejection.command, {
            count: rejection.position > upTo ? count + 1 : count,
            last: lastRejectionOf(rejection)
          })
        }
        return record(changes)
      }

      /** Counts everything again: after an outage it is unknown which rejections were missed. */
      const count = Effect.gen(function* () {
        const { counts, position } = yield* audit.rejections
        const entries = Array.from(
          countsByCommand,
          ([command, { last }]) => [command, { count: counts.get(command) ?? 0, last }] as const
        )
        yield* record(new Map(entries))
        return position
      })

      const round = Effect.gen(function* () {
        const position = yield* count
        // The first count is no change.
        if (!(yield* Deferred.isDone(firstCount))) changedAt.clear()
        yield* Deferred.succeed(firstCount, undefined)
        const follow = Stream.runForEach(audit.follow(Math.max(0, position - recentLimit)), (all) =>
          apply(all, position)
        )
        yield* Effect.timeoutOption(follow, recountInterval)
      })

      const start = Effect.suspend(() => {
        if (isStarted) return Effect.void
        isStarted = true
        return Effect.provideService(supervise("the rejection tracker", Effect.forever(round)), Scope.Scope, scope)
      })

      const changedSince = (after: number): ByCommand =>
        new Map(Array.from(countsByCommand).filter(([command]) => (changedAt.get(command) ?? 0) > after))

      const ready = Effect.andThen(start, Deferred.await(firstCount))
      return {
        current: Effect.map(ready, () => new Map(countsByCommand)),
        awaitChanges: (after) =>
          ready.pipe(
            Effect.andThen(awaitPosition(version, after + 1)),
            Effect.andThen(SubscriptionRef.get(version)),
            Effect.map((version) => ({ version, commands: changedSince(after) }))
          )
      }
    })
  )
