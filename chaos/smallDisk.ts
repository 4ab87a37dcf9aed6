import { execFileSync } from "node:child_process"
import { mkdtempSync, rmdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"

const unmount = (folder: string) => void execFileSync("umount", ["-l", folder])

/** Mounts a tmpfs, which needs root; false if it cannot be mounted. */
const mountTmpfs = (folder: string, megabytes: number): boolean => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** Whether small disks can be mounted here: root in a container may not be allowed to. */
export const canMountSmallDisks = (): boolean => {
  const folder = mkdtempSync(join(tmpdir(), "small-disk-"))
  const isMounted = mountTmpfs(folder, 1)
  if (isMounted) unmount(folder)
  rmdirSync(folder)
  return isMounted
}

/** Mounts a tmpfs of this size on a folder until the scope closes; false if it cannot be mounted. */
export const mountSmallDisk = (folder: string, megabytes: number) =>
  Effect.acquireRelease(
    Effect.sync(() => mountTmpfs(folder, megabytes)),
    (isMounted) => Effect.sync(() => isMounted && unmount(folder))
  )
