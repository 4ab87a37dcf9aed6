import { accessSync, closeSync, constants, openSync } from "node:fs"
import type { DatabaseSync } from "node:sqlite"
import { errorMessage } from "#layers/services/errorMessage.ts"

/** What became of trying to lock a file. Elsewhere it is held by another process, in whatever container. */
export type KernelLock =
  | { readonly _tag: "Locked"; readonly release: () => void }
  | { readonly _tag: "HeldElsewhere" }
  /** Files cannot be locked here: some network and user-space file systems do not, nor does a Node without SQLite. */
  | { readonly _tag: "Unsupported"; readonly reason: string }

const sqliteBusy = 5

/** Node 22 warns that its SQLite is experimental, on the terminal that starts the app. What is used of it is stable. */
const loadSqlite = () => {
  const warn = process.emitWarning
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule("node:sqlite") as typeof import("node:sqlite") | undefined
  } finally {
    process.emitWarning = warn
  }
}

/** A file that this process has locked must not be opened here: closing any descriptor of it would drop the lock. */
const ensureFile = (file: string): void => {
  try {
    closeSync(openSync(file, "wx", 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  }
  accessSync(file, constants.R_OK | constants.W_OK)
}

const toLockFailure = (database: DatabaseSync | undefined, error: unknown): KernelLock => {
  database?.close()
  const { errcode } = error as { readonly errcode?: number }
  return errcode !== undefined && (errcode & 0xff) === sqliteBusy
    ? { _tag: "HeldElsewhere" }
    : { _tag: "Unsupported", reason: errorMessage(error) }
}

/**
 * Locks a file until `release`, or until the kernel sees this process end, however it ends. Node has no file locks of its
 * own; a SQLite transaction is one (`fcntl`, on Windows `LockFileEx`). All processes that reach the file by whatever
 * path and from whatever container share it, and of any number that try at once one succeeds. The file is made where there
 * is none, and stays: removing it would let two processes lock two files of one name. Throws where it cannot be made.
 */
export const lockFile = (file: string): KernelLock => {
  ensureFile(file)
  const module = loadSqlite()
  if (module === undefined) return { _tag: "Unsupported", reason: "this Node was built without SQLite" }
  let database: DatabaseSync | undefined
  try {
    database = new module.DatabaseSync(file)
    database.exec("BEGIN EXCLUSIVE")
  } catch (error) {
    return toLockFailure(database, error)
  }
  // The closure keeps the connection from being collected, which would end the transaction.
  const openDatabase = database
  return { _tag: "Locked", release: () => openDatabase.close() }
}
