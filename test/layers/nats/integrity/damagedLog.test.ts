import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as NatsServices from "#layers/nats/natsServices.ts"
import { copyFolder, filledFolder, largeLibrary, serverOn, storeOf } from "#test/support/damagedLog.ts"
import { managerAt } from "#test/support/streamDump.ts"

const count = 2_600

type Store = ReturnType<typeof storeOf>

/** Damage to the files of the log while its server does not run, and the error at the next start. */
const damages: ReadonlyArray<readonly [what: string, damage: (log: Store) => void, expected: RegExp]> = [
  ["the newest block, cut in half", (log) => log.cut(-1), /\d+ of its events between 1 and 2600 are missing/u],
  [
    "the newest block, cut in half, of a server that was killed",
    (log) => (log.withoutIndex(), log.cut(-1)),
    /it ends at position \d+, and later events are known to: .*the audit \(2600\).*/u
  ],
  [
    "one byte of the newest block, in the length of its first event",
    (log) => log.flipByte(-1, 3),
    /it ends at position \d+, and later/u
  ],
  ["one byte of the newest block, within an event", (log) => log.flipByte(-1), /cannot read the event at \d+/u],
  ["one byte of an old block", (log) => log.flipByte(1), /cannot read the event at \d+/u],
  [
    "one byte of an old block of a server that was killed",
    (log) => (log.withoutIndex(), log.flipByte(0)),
    /\d+ of its events between 1 and 2600 are missing/u
  ],
  ["the newest block, deleted", (log) => log.remove(-1), /between 1 and 2600 are missing/u],
  ["an old block, deleted", (log) => log.remove(1), /\d+ of its events between 1 and 2600 are missing/u],
  ["the first block, deleted", (log) => log.remove(0), /its events 1 to \d+ are missing/u],
  ["all messages, deleted", (log) => log.forget("msgs"), /it ends at position 0, and later events are known/u],
  [
    "the description, one byte",
    (log) => log.flipFile("meta.inf"),
    /its stream is gone, and had events up to: .*the audit/u
  ],
  ["the whole stream, deleted", (log) => log.forget(), /its stream is gone, and had events up to: .*the audit/u]
]

const startServices = (url: string) =>
  Effect.scoped(Layer.build(NatsServices.layer(largeLibrary, { servers: url, replicas: 1 })))

describe("A start on a log that lost something fails, and creates nothing", () => {
  it.live(
    "whatever part of its files was lost",
    () =>
      Effect.gen(function* () {
        const base = yield* filledFolder(count, 7_000)
        for (const [what, damage, expected] of damages) {
          yield* Effect.gen(function* () {
            const folder = yield* copyFolder(base)
            damage(storeOf(folder, largeLibrary.name))
            const { url } = yield* serverOn(folder)
            const error = yield* Effect.flip(startServices(url))
            assert.strictEqual(error._tag, "LogDamaged", `${what}: ${error.message}`)
            assert.match(error.message, expected, what)
            assert.include(error.message, "npm run log -- rebuild")
            const streams = yield* Effect.flatMap(managerAt(url), (manager) =>
              Effect.promise(() => manager.streams.names().next())
            )
            if (expected.source.includes("is gone")) assert.notInclude(streams, largeLibrary.name, what)
          }).pipe(Effect.scoped)
        }
        // The server rebuilds a file that is only an index, and nothing is lost with it.
        const folder = yield* copyFolder(base)
        storeOf(folder, largeLibrary.name).flipFile("msgs/index.db")
        yield* startServices((yield* serverOn(folder)).url)
      }).pipe(Effect.scoped),
    120_000
  )
})
