import { randomUUID } from "node:crypto"
import { mkdir, open, realpath, rm, stat } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { Effect } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"

/** More than a start writes while its streams are empty. */
const minFreeBytes = 1_048_576

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? ""

/** `mkdir -p`. Node's recursive one never ends if the kernel denies that a parent exists, as in /proc. */
const makeFolder = async (path: string): Promise<void> => {
  try {
    await mkdir(path)
  } catch (error) {
    if (codeOf(error) === "EEXIST" && (await stat(path)).isDirectory()) return
    if (codeOf(error) !== "ENOENT" || dirname(path) === path) throw error
    const parent = dirname(path)
    if (
      await stat(parent).then(
        (found) => found.isDirectory(),
        () => false
      )
    )
      throw error
    await makeFolder(parent)
    await mkdir(path)
  }
}

/** Throws if there is no room for the files of a start. */
const tryToWrite = async (folder: string): Promise<void> => {
  const file = join(folder, `.write-test-${randomUUID()}`)
  const handle = await open(file, "wx")
  try {
    await handle.writeFile(Buffer.alloc(minFreeBytes))
    await handle.sync()
  } finally {
    await handle.close()
    await rm(file, { force: true })
  }
}

const errorExplanations: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: make room",
  EDQUOT: "the disk quota is used up: make room",
  EROFS: "its file system is read-only",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  ENOTDIR: "a part of its path is a file",
  EEXIST: "there is a file of that name",
  ENAMETOOLONG: "its path is too long",
  ENOENT: "no folder can be made there",
  ELOOP: "its path has symbolic links that lead in a circle"
}

/** The meaning of an error, followed by the system's own message. */
const explain = (error: unknown): string => {
  const meaning = errorExplanations[codeOf(error)]
  return meaning === undefined ? errorMessage(error) : `${meaning}; ${errorMessage(error)}`
}

/**
 * Creates a folder if it is missing, and writes a file of 1 MiB there once, so that problems appear now and not later.
 * Succeeds with its absolute path without symbolic links; fails with a readable reason.
 */
export const ensureUsableFolder = (path: string): Effect.Effect<string, string> =>
  Effect.tryPromise({
    try: async () => {
      await makeFolder(resolve(path))
      const folder = await realpath(path)
      await tryToWrite(folder)
      return folder
    },
    catch: explain
  })
