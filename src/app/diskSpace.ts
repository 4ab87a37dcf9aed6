import { readdirSync, statfsSync, statSync } from "node:fs"
import { join } from "node:path"
import { ByteSize, Console, Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import { streamsOf } from "#layers/nats/provision/streamConfigs.ts"

/** Bytes of a disk that are free, and that a folder on it takes up already. */
export interface Disk {
  readonly free: number
  readonly used: number
}

/** How it is now. Fails where it cannot be looked at, as while something in it goes away. */
export const diskOf = (folder: string) =>
  Effect.try((): Disk => {
    const { bavail, bsize } = statfsSync(folder)
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    const sizes = files.map(({ name, parentPath }) => statSync(join(parentPath, name)).size)
    return { free: bavail * bsize, used: sizes.reduce((sum, size) => sum + size, 0) }
  })

/** The bytes that all streams of a board may take up. */
export const mostKept = (board: Board.Any): number =>
  streamsOf(board, 1).reduce((sum, { max_bytes = 0 }) => sum + max_bytes, 0)

const spelled = (bytes: number) => ByteSize.format(ByteSize.bytes(bytes), { precision: 1 })

/** What to say of a disk that is full before a board's streams are. */
export const shortage = (board: Board.Any, { free, used }: Disk): string | undefined => {
  const growth = mostKept(board) - used
  return growth <= free
    ? undefined
    : `${spelled(free)} of the disk are free, and what is kept may grow by ${spelled(growth)} (maxBytes). ` +
        "Once the disk is full, the app ends; what it has acknowledged is kept."
}

/** Says so, if the disk of a folder is too small. */
export const warnOfShortage = (board: Board.Any, folder: string) =>
  diskOf(folder).pipe(
    Effect.map((disk) => shortage(board, disk)),
    Effect.flatMap((short) => (short === undefined ? Effect.void : Console.error(`  ! ${short}`))),
    Effect.ignore
  )
