import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as NatsServices from "#layers/nats/natsServices.ts"
import { copyFolder, filledFolder, largeLibrary, serverOn, storeOf } from "#test/support/damagedLog.ts"
import { managerAt } from "#test/support/streamDump.ts"

const count = 2_600

type Store = ReturnType<typeof storeOf>

/** What happens to the files of the log while its server does not run, and what is said of it at the next start. */
const damages: ReadonlyArray<readonly [what: string, damage: (log: Store) => void, said: RegExp]> = [
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

const started = (url: string) =>
  Effect.scoped(Layer.build(NatsServices.layer(largeLibrary, { servers: url, replicas: 1 })))

describe("A start on a log that lost something is refused, and nothing is made", () => {
  it.live(
    "whatever was lost of its files",
    () =>
      Effect.gen(function* () {
        const base = yield* filledFolder(count, 7_000)
        for (const [what, damage, said] of damages) {
          yield* Effect.gen(function* () {
            const folder = yield* copyFolder(base)
            damage(storeOf(folder, largeLibrary.name))
            const { url } = yield* serverOn(folder)
            const error = yield* Effect.flip(started(url))
            assert.strictEqual(error._tag, "LogDamaged", `${what}: ${error.message}`)
            assert.match(error.message, said, what)
            assert.include(error.message, "npm run log -- rebuild")
            const streams = yield* Effect.flatMap(managerAt(url), (manager) =>
              Effect.promise(() => manager.streams.names().next())
            )
            if (said.source.includes("is gone")) assert.notInclude(streams, largeLibrary.name, what)
          }).pipe(Effect.scoped)
        }
        // What is only an index is made again by the server, and nothing is lost with it.
        const folder = yield* copyFolder(base)
        storeOf(folder, largeLibrary.name).flipFile("msgs/index.db")
        yield* started((yield* serverOn(folder)).url)
      }).pipe(Effect.scoped),
    120_000
  )
})
