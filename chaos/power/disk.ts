import { execFileSync } from "node:child_process"
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"

const exec = (command: string, ...args: ReadonlyArray<string>) => execFileSync(command, args, { stdio: "ignore" })

/** A disk of its own, an ext4 in a file: what is in the file is what would be on the platter. */
export interface Disk {
  readonly folder: string
  /** The machine loses power: the disk is now what had reached it. Whoever has files open there must be stopped before, and killed in `between`. */
  readonly losePower: (whileDown: () => Promise<void>) => Promise<void>
}

const unmount = (folder: string) => {
  try {
    exec("umount", "-l", folder)
  } catch {
    // It was not mounted.
  }
}

/** An empty disk of so many megabytes, mounted until the scope closes. Needs a root's rights. */
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
