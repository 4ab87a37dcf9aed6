import { assert, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import * as CommandService from "#layers/messaging/CommandService.ts"
import { memoryBackend, runningBoard } from "#test/support/backends.ts"
import { connected, requester, toAnswer } from "#test/support/natsRequests.ts"
import { testServer } from "#test/support/testServer.ts"

const addRoom = "cmd.hotel.AddRoom"
const room = (id: number) => JSON.stringify({ data: { room: { id } } })

/** The hotel's commands, of which those on room 13 wait for `release`. */
const waitingCommands = (release: Effect.Effect<void>, onWaiting: () => void) =>
  Layer.effect(
    Commands,
    Effect.map(Commands, (commands) => {
      const execute = (...args: Parameters<typeof commands.execute>) => {
        if ((args[1] as { readonly room: { readonly id: number } }).room.id !== 13) return commands.execute(...args)
        onWaiting()
        return Effect.andThen(release, commands.execute(...args))
      }
      return { ...commands, execute } as Commands["Service"]
    })
  )

/** A hotel in memory whose command on room 13 waits, and a function that starts instances which take its commands. */
const fixture = Effect.gen(function* () {
  const { url } = yield* testServer({ syncInterval: "2m" })
  const nats = yield* connected({ servers: url })
  const release = yield* Deferred.make<void>()
  const isWaiting = yield* Deferred.make<void>()
  const onWaiting = () => Deferred.doneUnsafe(isWaiting, Exit.void)
  const hotel = yield* Layer.build(
    waitingCommands(Deferred.await(release), onWaiting).pipe(
      Layer.provideMerge(runningBoard(hotelBooking, memoryBackend))
    )
  )
  const options = { address: { servers: url }, rejectionsPerMinute: 600 }
  /** Starts an instance; the result stops it. */
  const start = Effect.gen(function* () {
    const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
    yield* Layer.buildWithScope(Layer.fresh(CommandService.layer(hotelBooking, options)), scope)
    return Scope.close(scope, Exit.void)
  }).pipe(Effect.provide(hotel))
  return { nats, request: requester(nats), release: Deferred.succeed(release, undefined), isWaiting, start }
})

it.live("instances share the commands, and each counts its own", () =>
  Effect.gen(function* () {
    const { nats, request, start } = yield* fixture
    yield* start
    yield* start
    yield* Effect.forEach(
      Array.from({ length: 100 }, (_, n) => n + 100),
      (id) => request(addRoom, room(id)),
      {
        concurrency: 10
      }
    )
    const answers = yield* Effect.promise(async () => {
      const stats = []
      for await (const message of await nats.requestMany("$SRV.STATS.hotel", "", {
        strategy: "count",
        maxMessages: 2,
        maxWait: 2_000
      }))
        stats.push(toAnswer(message).body)
      return stats
    })
    const endpoints = answers.map(({ endpoints }) =>
      endpoints.find(({ name }: { readonly name: string }) => name === "AddRoom")
    )
    const counts = endpoints.map(({ num_requests }) => num_requests as number)
    assert.strictEqual(counts.length, 2)
    assert.strictEqual(counts[0]! + counts[1]!, 100)
    for (const { average_processing_time, num_errors, num_requests } of endpoints) {
      assert.isAbove(num_requests, 10)
      assert.strictEqual(num_errors, 0)
      assert.isAbove(average_processing_time, 0)
    }
    assert.notStrictEqual(answers[0].id, answers[1].id)
  }).pipe(Effect.scoped)
)

it.live("a slow command delays no other, and is answered when the app ends, which takes no more", () =>
  Effect.gen(function* () {
    const { isWaiting, nats, release, request, start } = yield* fixture
    const stop = yield* start
    const slow = nats.request(addRoom, room(13), { timeout: 10_000 })
    yield* Deferred.await(isWaiting)
    assert.strictEqual((yield* request(addRoom, room(1))).body.facts.length, 1)

    const stopped = yield* Effect.forkChild(stop)
    const untilUnanswered = Effect.promise(() =>
      nats.request(addRoom, room(2), { timeout: 2_000 }).then(
        () => false,
        () => true
      )
    )
    yield* Effect.repeat(untilUnanswered, { until: (isUnanswered) => isUnanswered })
    yield* release
    const { body } = toAnswer(yield* Effect.promise(() => slow))
    assert.strictEqual(body.facts.length, 1)
    assert.isTrue(Exit.isSuccess(yield* Fiber.await(stopped)))
  }).pipe(Effect.scoped)
)

it.live("a shutdown does not wait for a server that is gone", () =>
  Effect.gen(function* () {
    const serverScope = yield* Scope.make()
    const { url } = yield* Effect.provideService(testServer({ syncInterval: "2m" }), Scope.Scope, serverScope)
    const scope = yield* Scope.make()
    const options = { address: { servers: url }, rejectionsPerMinute: 600 }
    yield* Layer.buildWithScope(
      CommandService.layer(hotelBooking, options).pipe(Layer.provide(runningBoard(hotelBooking, memoryBackend))),
      scope
    )
    yield* Scope.close(serverScope, Exit.void)
    const [spent] = yield* Effect.timed(Scope.close(scope, Exit.void))
    assert.isBelow(Duration.toMillis(spent), 10_000)
  })
)

it.live("a user who may not receive commands runs an app without them", () =>
  Effect.gen(function* () {
    const users = `users: [
      { user: app, password: app, permissions: { subscribe: { deny: ["cmd.>", "$SRV.>"] } } }
      { user: other, password: other }
    ]`
    const { port } = yield* testServer({ syncInterval: "2m", extraConfig: `authorization { ${users} }` })
    const servers = (user: string) => `nats://${user}:${user}@127.0.0.1:${port}`
    const nats = yield* connected({ servers: `127.0.0.1:${port}`, user: "other", pass: "other" })
    const options = { address: { servers: servers("app") }, rejectionsPerMinute: 600 }
    yield* Layer.build(
      CommandService.layer(hotelBooking, options).pipe(Layer.provide(runningBoard(hotelBooking, memoryBackend)))
    )
    const error = yield* Effect.promise(() => nats.request(addRoom, room(1)).catch((error: Error) => error))
    assert.match(String(error), /no responders/u)
  }).pipe(Effect.scoped)
)
