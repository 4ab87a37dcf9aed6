import { execFileSync } from "node:child_process"
import { mkdtempSync, rmdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"

const unmount = (folder: string) => void execFileSync("umount", ["-l", folder])

/** Whether a disk of memory can be mounted here, which takes a root's rights. */
const mountTmpfs = (folder: string, megabytes: number): boolean => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** Whether there can be small disks here: a root in a container may not mount any. */
export const canMountSmallDisks = (): boolean => {
  const folder = mkdtempSync(join(tmpdir(), "small-disk-"))
  const isMounted = mountTmpfs(folder, 1)
  if (isMounted) unmount(folder)
  rmdirSync(folder)
  return isMounted
}

/** A disk of memory on a folder, with so many megabytes, until the scope closes; whether there can be one. */
export const mountSmallDisk = (folder: string, megabytes: number) =>
  Effect.acquireRelease(
    Effect.sync(() => mountTmpfs(folder, megabytes)),
    (isMounted) => Effect.sync(() => isMounted && unmount(folder))
  )
