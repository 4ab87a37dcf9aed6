import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Context, Effect, Layer } from "effect"
import * as EmbeddedServer from "#nats-server/EmbeddedServer.ts"
import { resolveBinary } from "#nats-server/resolveBinary.ts"

/** The path of the server under test: found once by the global set-up, else now. */
export const serverBinary = Effect.suspend(() => {
  const found = process.env.NATS_SERVER_BIN
  return found === undefined ? resolveBinary() : Effect.succeed(found)
})

/** Only root can remove the content of read-only folders, as those of a Nix store, so they are made writable first. */
const makeWritable = (folder: string): void => {
  chmodSync(folder, 0o700)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(folder, entry.name))
  }
}

const removeFolder = (folder: string): void => {
  const all = { recursive: true, force: true, maxRetries: 5 }
  try {
    rmSync(folder, all)
  } catch {
    makeWritable(folder)
    rmSync(folder, all)
  }
}

/** A temporary folder, removed with its scope. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "hotel-test-"))),
  (folder) => Effect.sync(() => removeFolder(folder))
)

/**
 * A server on a free port of 127.0.0.1 with an empty store, both removed with the scope. It forces every write to disk as the
 * app's own does; `{ syncInterval: "2m" }` is faster where a test does not depend on that. Clients can do everything; with
 * `{ restrictAnonymous: true }` only those that have its `credentials`.
 */
export const testServer = (
  options: Pick<
    EmbeddedServer.Options,
    "ports" | "syncInterval" | "extraConfig" | "restrictAnonymous" | "browsers"
  > = {}
) =>
  Effect.gen(function* () {
    const binary = yield* serverBinary
    const dataDir = yield* temporaryFolder
    return yield* EmbeddedServer.start({ binary, dataDir, ...options })
  })

/** `testServer` as a service, for tests that share one server. */
export class TestServer extends Context.Service<TestServer, EmbeddedServer.EmbeddedServer>()("test/TestServer") {
  static readonly layer = Layer.effect(TestServer, testServer())
  static readonly layerFast = Layer.effect(TestServer, testServer({ syncInterval: "2m" }))
}
