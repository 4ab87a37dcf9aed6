import { existsSync, readFileSync } from "node:fs"

const [, removed = ""] = /^rm -r (.+)$/mu.exec(readFileSync("CONTRIBUTING.md", "utf8")) ?? []

/** What CONTRIBUTING.md says to delete, to go on without the hotel. */
const folders = removed.split(" ").map((path) => path.replace(/\*.*$/u, ""))

/**
 * Whether a file belonged to the hotel, and the hotel was deleted: documents that nobody has rewritten since still link to
 * it.
 */
export const isOfRemovedBoard = (path: string): boolean =>
  !existsSync("test/hotel") && folders.some((folder) => path.startsWith(folder))
