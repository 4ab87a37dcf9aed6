import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Option, Schema } from "effect"
import { Commands } from "#layers/commands/Commands.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import type { Seeds } from "./BoardApp.ts"
import { step } from "./startupLog.ts"

/**
 * A file that exists in the data folder from before the first command is executed until after the last. If a start finds it,
 * the start before was killed in between, and it executes the rest. It names the log, so that it does not apply to a log that
 * was restored or recreated.
 */
const unfinishedSeeds = ({ item, name }: Seeds, folder: string) => {
  const file = join(folder, `${name}-to-begin-with.json`)
  const Content = Schema.fromJsonString(Schema.Struct({ log: Schema.String, [name]: Schema.Array(item) }))
  const encode = Schema.encodeSync(Content)
  const decode = Schema.decodeUnknownOption(Content)
  return {
    read: () => {
      try {
        const content = Option.getOrUndefined(decode(readFileSync(file, "utf8")))
        return content && { log: content.log as string, items: content[name] as ReadonlyArray<unknown> }
      } catch {
        return undefined
      }
    },
    /** Returns once the file is on disk, as the events are. */
    write: (log: string, items: ReadonlyArray<unknown>) => {
      const descriptor = openSync(file, "w")
      try {
        writeFileSync(descriptor, encode({ log, [name]: items }))
        fsyncSync(descriptor)
      } finally {
        closeSync(descriptor)
      }
    },
    remove: () => rmSync(file, { force: true })
  }
}

const execute = Effect.fnUntraced(function* ({ seedOf }: Seeds, items: ReadonlyArray<unknown>) {
  const commands = yield* Commands
  yield* Effect.forEach(
    items,
    (item) => {
      const { actor, command, commandId, input } = seedOf(item)
      return commands.execute(command, input, { actor, commandId, correlationId: "start" })
    },
    { concurrency: 64, discard: true }
  ).pipe(Effect.catchTag("Refused", Effect.die))
})

/**
 * Executes the seeds of a board on an empty log of the app's own server. After a start that was killed meanwhile, the next one
 * executes the rest; `folder` holds the file for that, if there is a folder.
 */
export const seedBoard = Effect.fnUntraced(function* (
  seeds: Seeds,
  requested: ReadonlyArray<unknown>,
  folder: string | undefined
) {
  const log = yield* EventLog
  const identity = yield* log.identity
  const file = folder === undefined ? undefined : unfinishedSeeds(seeds, folder)
  const unfinished = file?.read()
  const isResuming = unfinished?.log === identity
  if (!isResuming && (requested.length === 0 || (yield* log.lastPosition()) > 0)) return
  const items = isResuming ? unfinished.items : requested
  if (file) {
    yield* Effect.try({ try: () => file.write(identity, items), catch: (error) => error }).pipe(Effect.orDie)
  }
  const what = `${items.length} ${seeds.name}`
  yield* step(`${what} to begin with`, `${what} to be added`, execute(seeds, items))
  if (file) yield* Effect.sync(file.remove)
})
