import { execFileSync, spawn } from "node:child_process"
import { chownSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { Effect } from "effect"
import { freePort } from "../../freePort.ts"
import { NotInstalled } from "../../runMeasure.ts"

const debian = "/usr/lib/postgresql"

/** The folder with `initdb` and `postgres`: on the path, or Debian's folder of the newest version. */
const findBinaries = (): string | undefined => {
  const onPath = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "postgres"))
  const ofDebian = existsSync(debian)
    ? readdirSync(debian)
        .toSorted((a, b) => Number(b) - Number(a))
        .map((version) => join(debian, version, "bin", "postgres"))
    : []
  return [...onPath, ...ofDebian]
    .filter((path) => existsSync(path))
    .map((path) => dirname(realpathSync(path)))
    .find((folder) => existsSync(join(folder, "initdb")))
}

/** PostgreSQL does not run as root: root uses Debian's user for it, or nobody. */
const owner = (): { readonly uid: number; readonly gid: number } | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string, user: string) =>
    Number(execFileSync("id", [flag, user], { stdio: ["ignore", "pipe", "ignore"] }))
  for (const user of ["postgres", "nobody"]) {
    try {
      return { uid: idOf("-u", user), gid: idOf("-g", user) }
    } catch {
      // The user does not exist.
    }
  }
  return undefined
}

/** A PostgreSQL cluster in a temporary folder with Debian's settings except `synchronous_commit`; deleted with the scope. */
export const postgres = Effect.fnUntraced(function* (synchronousCommit: "on" | "off") {
  const binFolder = findBinaries()
  if (binFolder === undefined) return yield* new NotInstalled({ reason: "PostgreSQL" })
  const user = owner()
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "bench-postgres-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
  )
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, "data")
  const options = { ...user, cwd: folder, env: { ...process.env, LC_ALL: "C" } }
  execFileSync(join(binFolder, "initdb"), ["-D", data, "-U", "bench", "-A", "trust", "--no-sync"], {
    ...options,
    stdio: "ignore"
  })
  const version = execFileSync(join(binFolder, "postgres"), ["--version"], options).toString().trim()
  const port = yield* Effect.tryPromise(freePort)
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: folder,
    synchronous_commit: synchronousCommit
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  yield* Effect.acquireRelease(
    Effect.sync(() => spawn(join(binFolder, "postgres"), ["-D", data, ...args], { ...options, stdio: "ignore" })),
    (child) =>
      Effect.promise(
        () =>
          new Promise((resolve) => {
            if (child.exitCode !== null || child.signalCode !== null) return resolve(undefined)
            child.once("exit", resolve)
            // SIGINT is PostgreSQL's fast shutdown, which does not wait for connections to end.
            child.kill("SIGINT")
          })
      )
  )
  yield* Effect.tryPromise(async () => {
    for (let n = 0; n < 200; n++) {
      try {
        execFileSync(join(binFolder, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)], { stdio: "ignore" })
        return
      } catch {
        await setTimeout(50)
      }
    }
    throw new Error("PostgreSQL was not ready in 10 s")
  })
  return { url: `postgresql://bench@127.0.0.1:${port}/postgres`, version }
})
