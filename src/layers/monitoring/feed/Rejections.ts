import { Context, Deferred, Effect, Layer, Scope, Stream, SubscriptionRef } from "effect"
import { Board } from "#domain/model/index.ts"
import type { Rejected } from "#layers/contract/rejectionsSchema.ts"
import { supervise } from "#layers/processors/supervise.ts"
import { AuditReader, type RejectedCommand } from "#layers/services/AuditReader.ts"
import { comesTo } from "#layers/timing/awaitPosition.ts"

/** So many of the newest rejections are read at the beginning, to know the last one of each command. */
const recent = 200

/** After so long they are counted again: the audit drops what is too old. */
const countedFor = "1 hour"

type ByCommand = ReadonlyMap<string, Rejected>

/**
 * Which commands were rejected, and how often. One reader of the audit in this process, from when somebody first asks: so
 * it has the rejections of other processes too.
 */
export class Rejections extends Context.Service<
  Rejections,
  {
    /** Every command of the board. Waits for the first count. */
    readonly now: Effect.Effect<ByCommand>
    /** Waits for rejections behind a version, which is 0 at first; answers with the commands that have some. */
    changed(after: number): Effect.Effect<{ readonly version: number; readonly commands: ByCommand }>
  }
>()("layers/watch/Rejections") {}

const lastOf = ({ actor, correlationId, place, time, type }: RejectedCommand): Rejected["last"] => ({
  type,
  place,
  actor,
  time,
  correlationid: correlationId
})

export const layer = (board: Board.Any) =>
  Layer.effect(
    Rejections,
    Effect.gen(function* () {
      const audit = yield* AuditReader
      const scope = yield* Effect.scope
      const counted = yield* Deferred.make<void>()
      const version = yield* SubscriptionRef.make(0)
      const known = new Map<string, Rejected>(Board.commands(board).map(({ name }) => [name, { count: 0, last: null }]))
      /** The version of the newest change, by command. */
      const changedAt = new Map<string, number>()
      let begun = false

      const put = (changes: ByCommand) =>
        SubscriptionRef.update(version, (before) => {
          for (const [command, rejected] of changes) {
            // What is only looked up of rejections that were counted before is no change.
            if (rejected.count !== known.get(command)?.count) changedAt.set(command, before + 1)
            known.set(command, rejected)
          }
          return before + 1
        })

      /** @param upTo the position up to which rejections are counted already */
      const take = (all: ReadonlyArray<RejectedCommand>, upTo: number) => {
        const changes = new Map<string, Rejected>()
        for (const one of all) {
          const { count } = changes.get(one.command) ?? known.get(one.command) ?? { count: 0 }
          changes.set(one.command, { count: one.position > upTo ? count + 1 : count, last: lastOf(one) })
        }
        return put(changes)
      }

      /** Anew each time: after an outage nobody knows what was missed. */
      const count = Effect.gen(function* () {
        const { counts, position } = yield* audit.rejections
        const now = Array.from(
          known,
          ([command, { last }]) => [command, { count: counts.get(command) ?? 0, last }] as const
        )
        yield* put(new Map(now))
        return position
      })

      const round = Effect.gen(function* () {
        const position = yield* count
        // The first count is where changes begin.
        if (!(yield* Deferred.isDone(counted))) changedAt.clear()
        yield* Deferred.succeed(counted, undefined)
        const follow = Stream.runForEach(audit.follow(Math.max(0, position - recent)), (all) => take(all, position))
        yield* Effect.timeoutOption(follow, countedFor)
      })

      const begin = Effect.suspend(() => {
        if (begun) return Effect.void
        begun = true
        return Effect.provideService(supervise("what reads rejections", Effect.forever(round)), Scope.Scope, scope)
      })

      const changedSince = (after: number): ByCommand =>
        new Map(Array.from(known).filter(([command]) => (changedAt.get(command) ?? 0) > after))

      const ready = Effect.andThen(begin, Deferred.await(counted))
      return {
        now: Effect.map(ready, () => new Map(known)),
        changed: (after) =>
          ready.pipe(
            Effect.andThen(comesTo(version, after + 1)),
            Effect.andThen(SubscriptionRef.get(version)),
            Effect.map((version) => ({ version, commands: changedSince(after) }))
          )
      }
    })
  )
