import { spawnSync } from "node:child_process"
import { chmodSync } from "node:fs"
import { Effect } from "effect"

/** Makes a folder read-only until the scope closes; root needs a mount for that. Succeeds with whether it worked. */
export const makeReadOnly = (folder: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      if (process.getuid?.() !== 0) {
        chmodSync(folder, 0o555)
        return true
      }
      const isMounted = spawnSync("mount", ["--bind", folder, folder]).status === 0
      return isMounted && spawnSync("mount", ["-o", "remount,ro,bind", folder]).status === 0
    }),
    () =>
      Effect.sync(() =>
        process.getuid?.() === 0 ? void spawnSync("umount", ["-l", folder]) : chmodSync(folder, 0o755)
      )
  )
