import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { backup } from "#layers/nats/backup/createBackup.ts"
import { restore } from "#layers/nats/backup/restoreBackup.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { provision } from "#layers/nats/provision/provision.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { managerAt } from "#test/support/streamDump.ts"
import { temporaryFolder, testServer } from "#test/support/testServer.ts"

const quiet = () => Effect.void

/**
 * Streams as an earlier version created them: lanes and audit that were not synced, and no bucket of voided positions.
 */
const createOldStreams = (url: string) =>
  Effect.gen(function* () {
    const manager = yield* managerAt(url)
    const derived = new Set([...library.lanes.map(({ name }) => name), "audit"])
    for (const wanted of streamSpecs(library, 1)) {
      if (wanted.name === "KV_voided") continue
      const config = derived.has(wanted.name) ? { ...wanted, persist_mode: "async" as const } : wanted
      yield* Effect.promise(() => manager.streams.add(config as never))
    }
  })

it.live(
  "a start on the streams of an earlier version fails, and explains how to migrate them by a backup and a restore",
  () =>
    Effect.gen(function* () {
      const before = yield* testServer({ syncInterval: "2m" })
      yield* createOldStreams(before.url)
      const provisionOn = (url: string) => provision(library, 1).pipe(Effect.provide(Nats.layer(url)), Effect.scoped)
      const { message } = yield* Effect.flip(provisionOn(before.url))
      assert.include(message, `persist_mode: is "async", wanted "default"`)
      assert.match(message, /earlier version.*\n +npm run backup .*\n +DATA_DIR=.* npm run restore /u)

      const file = join(yield* temporaryFolder, "library.backup")
      assert.deepStrictEqual(yield* backup(library, file, quiet).pipe(Effect.provide(Nats.layer(before.url))), [])
      const after = yield* testServer({ syncInterval: "2m" })
      yield* restore(library, file, 1, quiet).pipe(Effect.provide(Nats.layer(after.url)))
      yield* provisionOn(after.url)
      const now = yield* managerAt(after.url)
      for (const { name } of streamSpecs(library, 1)) {
        const { config } = yield* Effect.promise(() => now.streams.info(name))
        assert.notStrictEqual((config as { persist_mode?: string }).persist_mode, "async", name)
      }
    }).pipe(Effect.scoped)
)

it.live("a backup of a server without the board's log fails", () =>
  Effect.gen(function* () {
    const { url } = yield* testServer({ syncInterval: "2m" })
    const file = join(yield* temporaryFolder, "nothing.backup")
    const error = yield* Effect.flip(backup(library, file, quiet).pipe(Effect.provide(Nats.layer(url))))
    assert.include(error.message, "library could not be backed up: stream not found on this server")
  }).pipe(Effect.scoped)
)
