import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Context, Effect, Layer, type Scope } from "effect"
import type { Board } from "#domain/model/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import * as NatsServices from "#layers/nats/natsServices.ts"
import * as Runtime from "#layers/runBoard.ts"
import { EventLog, emptyStream } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { Views } from "#layers/views/Views.ts"
import * as EmbeddedServer from "#nats-server/EmbeddedServer.ts"
import { BookAcquired, library } from "#test/boards/libraryBoard.ts"
import { appendTo } from "#test/support/appendTo.ts"
import { testMetadata, streamIdOf } from "./libraryFixtures.ts"
import { managerAt, waitUntilSettled } from "./streamDump.ts"
import { serverBinary, temporaryFolder } from "./testServer.ts"

/** A server on a folder that outlives it; `port` restarts it on the same port. */
export const serverOn = Effect.fnUntraced(function* (dataDir: string, port?: number) {
  return yield* EmbeddedServer.start({
    binary: yield* serverBinary,
    dataDir,
    ports: port === undefined ? [0] : [port, 0],
    syncInterval: "2m"
  })
})

/** Short, since the deduplication of derived streams would hide a message that is copied twice. */
const duplicateWindow = "100 millis"
const retention = { maxBytes: "64 MiB", duplicateWindow: duplicateWindow } as const

/** The library, with room for events of some size, so that the log has several blocks. */
export const largeLibrary: Board.Any = {
  ...library,
  lanes: library.lanes.map((lane) => ({ ...lane, retention })),
  log: retention,
  audit: retention
}

/** The running library on a server. */
export const startLibrary = Effect.fnUntraced(function* (servers: string, board: Board.Any = largeLibrary) {
  const services = NatsServices.layer(board, { servers, replicas: 1 })
  const context = yield* Layer.build(
    Layer.fresh(Runtime.layer(board).pipe(Layer.provideMerge(services), Layer.provide(Ids.layer)))
  )
  return {
    log: Context.get(context, EventLog),
    commands: Context.get(context, Commands),
    views: Context.get(context, Views),
    context
  }
})

const bookAt = (position: number) => ({ id: `b${position}` })

/** Acquires the books from `from` to `to`; the title of each has `size` characters. */
export const acquireBooks = Effect.fnUntraced(function* (
  log: EventLog["Service"],
  { from = 1, to, size = 10 }: { readonly from?: number; readonly to: number; readonly size?: number }
) {
  const positions = Array.from({ length: to - from + 1 }, (_, n) => from + n)
  const title = "x".repeat(size)
  yield* Effect.forEach(
    positions,
    (position) => {
      const book = bookAt(position)
      return appendTo(
        log,
        streamIdOf(book),
        emptyStream,
        [new BookAcquired({ book, title })],
        testMetadata(`c${position}`)
      )
    },
    { concurrency: 64, discard: true }
  )
})

/** A folder with a log of `count` events, everything derived from it up to date, and the server shut down. */
export const filledFolder = Effect.fnUntraced(function* (count: number, size: number) {
  const folder = yield* temporaryFolder
  yield* Effect.gen(function* () {
    const { url } = yield* serverOn(folder)
    const { log } = yield* startLibrary(url)
    yield* acquireBooks(log, { to: count, size })
    yield* waitUntilSettled(yield* managerAt(url), largeLibrary)
  }).pipe(Effect.scoped)
  return folder
})

/** A copy of the folder, for one test to damage. */
export const copyFolder = (folder: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.tap(temporaryFolder, (copy) => Effect.sync(() => cpSync(folder, copy, { recursive: true })))

/** The files of a stream in the store of a server that does not run. */
export const storeOf = (folder: string, stream: string) => {
  const accounts = join(folder, "jetstream")
  const account = readdirSync(accounts).find((name) => existsSync(join(accounts, name, "streams", stream)))!
  const root = join(accounts, account, "streams", stream)
  const messages = join(root, "msgs")
  const blocks = () =>
    readdirSync(messages)
      .filter((name) => name.endsWith(".blk"))
      .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
      .map((name) => join(messages, name))
  const flip = (file: string, at?: number) => {
    const bytes = readFileSync(file)
    const middle = Math.floor(bytes.length / 2)
    // Within a title, so that only the checksum of one event breaks.
    const title = bytes.indexOf("xxxxxxxx", middle)
    const n = at ?? (title < 0 ? middle : title + 4)
    bytes[n] = bytes[n]! ^ 1
    writeFileSync(file, bytes)
  }
  return {
    root,
    messages,
    block: (n: number) => blocks().at(n)!,
    /** Removes the index: a server that was killed leaves none, or an old one. */
    withoutIndex: () => rmSync(join(messages, "index.db"), { force: true }),
    cut: (n: number) => truncateSync(blocks().at(n)!, Math.floor(statSync(blocks().at(n)!).size / 2)),
    remove: (n: number) => rmSync(blocks().at(n)!),
    /** By default in the middle of the block. */
    flipByte: (n: number, at?: number) => flip(blocks().at(n)!, at),
    flipFile: (name: string) => flip(join(root, name)),
    forget: (name = "") => rmSync(join(root, name), { recursive: true })
  }
}
