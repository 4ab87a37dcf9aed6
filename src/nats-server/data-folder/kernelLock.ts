import { accessSync, closeSync, constants, openSync } from "node:fs"
import type { DatabaseSync } from "node:sqlite"
import { errorMessage } from "#layers/services/errorMessage.ts"

/** The outcome of locking a file. `HeldElsewhere`: another process holds it, possibly in another container. */
export type KernelLock =
  | { readonly _tag: "Locked"; readonly release: () => void }
  | { readonly _tag: "HeldElsewhere" }
  /** Files cannot be locked here: some network and user-space file systems have no locks, nor has a Node without SQLite. */
  | { readonly _tag: "Unsupported"; readonly reason: string }

const sqliteBusy = 5

/** Loads SQLite without the warning of Node 22 that it is experimental. The functions used here are stable. */
const loadSqlite = () => {
  const warn = process.emitWarning
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule("node:sqlite") as typeof import("node:sqlite") | undefined
  } finally {
    process.emitWarning = warn
  }
}

/** Must not be called for a file that this process has locked: closing any descriptor of it would drop the lock. */
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
 * Locks a file until `release`, or until this process ends in any way. Node has no file locks; a SQLite transaction is one
 * (`fcntl`, on Windows `LockFileEx`). The lock excludes all processes that reach the file, by any path and from any
 * container, and of concurrent attempts one succeeds. The file is created if it is missing, and never removed: two processes
 * could then lock two files of the same name. Throws if it cannot be created.
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
