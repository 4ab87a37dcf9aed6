import { readdirSync, statfsSync, statSync } from "node:fs"
import { join } from "node:path"
import { ByteSize, Console, Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"

/** The free bytes of a disk, and the bytes that a folder on it uses. */
export interface DiskSpace {
  readonly freeBytes: number
  readonly usedBytes: number
}

/** The disk space of a folder now. Fails if it cannot be read, for example because a file in it is removed meanwhile. */
export const diskSpaceOf = (folder: string) =>
  Effect.try((): DiskSpace => {
    const { bavail, bsize } = statfsSync(folder)
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    const sizes = files.map(({ name, parentPath }) => statSync(join(parentPath, name)).size)
    return { freeBytes: bavail * bsize, usedBytes: sizes.reduce((sum, size) => sum + size, 0) }
  })

/** The bytes that all streams of a board may use. */
export const totalMaxBytes = (board: Board.Any): number =>
  streamSpecs(board, 1).reduce((sum, { max_bytes = 0 }) => sum + max_bytes, 0)

const formatBytes = (bytes: number) => ByteSize.format(ByteSize.bytes(bytes), { precision: 1 })

/** A warning if the disk would be full before a board's streams reach their limits. */
export const shortageMessage = (board: Board.Any, { freeBytes, usedBytes }: DiskSpace): string | undefined => {
  const growthBytes = totalMaxBytes(board) - usedBytes
  return growthBytes <= freeBytes
    ? undefined
    : `${formatBytes(freeBytes)} of the disk are free, and the streams may grow by ${formatBytes(growthBytes)} (maxBytes). ` +
        "Once the disk is full, the app ends; acknowledged events are kept."
}

/** Prints a warning if the disk of a folder is too small for a board's streams. */
export const warnOfShortage = (board: Board.Any, folder: string) =>
  diskSpaceOf(folder).pipe(
    Effect.map((disk) => shortageMessage(board, disk)),
    Effect.flatMap((message) => (message === undefined ? Effect.void : Console.error(`  ! ${message}`))),
    Effect.ignore
  )
