import { Effect } from "effect"
import { execFileSync } from "node:child_process"

/** Whether a disk of memory can be mounted here, which takes a root's rights. */
const mounted = (folder: string, megabytes: number): boolean => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** A disk of memory on a folder, with so many megabytes, until the scope closes; whether there can be one. */
export const smallDiskOn = (folder: string, megabytes: number) =>
  Effect.acquireRelease(
    Effect.sync(() => mounted(folder, megabytes)),
    (isMounted) => Effect.sync(() => void (isMounted && execFileSync("umount", ["-l", folder])))
  )
