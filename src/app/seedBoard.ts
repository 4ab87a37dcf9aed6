import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Option, Schema } from "effect"
import { AddRoom } from "#features/hotel-booking/add-room/AddRoom.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { step } from "./startupLog.ts"

/**
 * The content of a file that exists in the data folder from before the first room is added until after the last. If a start
 * finds it, the start before was killed in between, and it adds the rest. It names the log, so that it does not apply to a log
 * that was restored or recreated.
 */
const UnfinishedSeed = Schema.fromJsonString(Schema.Struct({ log: Schema.String, rooms: Schema.Array(Schema.Int) }))
const decode = Schema.decodeUnknownOption(UnfinishedSeed)
const encode = Schema.encodeSync(UnfinishedSeed)

const seedFileIn = (folder: string) => join(folder, "rooms-to-begin-with.json")

const readUnfinished = (folder: string) => {
  try {
    return Option.getOrUndefined(decode(readFileSync(seedFileIn(folder), "utf8")))
  } catch {
    return undefined
  }
}

/** Returns once the file is on disk, as the rooms are. */
const writeDurably = (folder: string, text: string) => {
  const file = openSync(seedFileIn(folder), "w")
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** The command of a room always has the same id, so that no room is added twice. */
const addRooms = Effect.fnUntraced(function* (rooms: ReadonlyArray<number>) {
  const commands = yield* Commands
  yield* Effect.forEach(
    rooms,
    (id) =>
      commands.execute(
        AddRoom,
        { room: { id } },
        { actor: "Manager", commandId: `rooms/${id}`, correlationId: "start" }
      ),
    { concurrency: 64, discard: true }
  ).pipe(Effect.catchTag("Refused", Effect.die))
})

/**
 * Adds rooms to an empty log on the app's own server, so that there is something to book. After a start that was killed
 * meanwhile, the next one adds the rest; `folder` holds the file for that, if there is a folder.
 */
export const seedRooms = Effect.fnUntraced(function* (
  requestedRooms: ReadonlyArray<number>,
  folder: string | undefined
) {
  const log = yield* EventLog
  const identity = yield* log.identity
  const unfinished = folder === undefined ? undefined : readUnfinished(folder)
  const isResuming = unfinished?.log === identity
  if (!isResuming && (requestedRooms.length === 0 || (yield* log.lastPosition()) > 0)) return
  const rooms = isResuming ? unfinished.rooms : requestedRooms
  if (folder !== undefined) {
    yield* Effect.try({
      try: () => writeDurably(folder, encode({ log: identity, rooms })),
      catch: (error) => error
    }).pipe(Effect.orDie)
  }
  yield* step(`${rooms.length} rooms to begin with`, `${rooms.length} rooms to be added`, addRooms(rooms))
  if (folder !== undefined) yield* Effect.sync(() => rmSync(seedFileIn(folder), { force: true }))
})
