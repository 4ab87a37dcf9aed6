import { execFileSync } from "node:child_process"
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"

const exec = (command: string, ...args: ReadonlyArray<string>) => execFileSync(command, args, { stdio: "ignore" })

/** An ext4 file system in a file: the file has what would be on the physical disk. */
export interface Disk {
  readonly folder: string
  /** Simulates a power loss: the disk has only the data that had reached it. Processes with open files must be stopped before, and killed in `whileDown`. */
  readonly losePower: (whileDown: () => Promise<void>) => Promise<void>
}

const unmount = (folder: string) => {
  try {
    exec("umount", "-l", folder)
  } catch {
    // The disk was not mounted.
  }
}

/** An empty disk of this size, mounted until the scope closes. Needs root. */
export const disk = (parent: string, name: string, megabytes: number) =>
  Effect.acquireRelease(
    Effect.sync((): Disk => {
      const folder = join(parent, name)
      const image = join(parent, `${name}.img`)
      mkdirSync(folder, { recursive: true })
      exec("truncate", "-s", `${megabytes}M`, image)
      exec("mkfs.ext4", "-q", image)
      exec("mount", "-o", "loop", image, folder)
      const losePower = async (whileDown: () => Promise<void>) => {
        exec("cp", "--sparse=always", image, `${image}.copy`)
        await whileDown()
        unmount(folder)
        rmSync(image)
        exec("mv", `${image}.copy`, image)
        exec("mount", "-o", "loop", image, folder)
      }
      return { folder, losePower }
    }),
    ({ folder }) => Effect.sync(() => unmount(folder))
  )
