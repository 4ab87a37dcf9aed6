import { execFileSync } from "node:child_process"
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Schema, type Scope } from "effect"

/** Another nats-server runs on the data folder: two on one store would corrupt it. `app` is the process that began it. */
export class DataDirInUse extends Schema.TaggedError<DataDirInUse>()("DataDirInUse", {
  dataDir: Schema.String,
  pid: Schema.Int,
  app: Schema.Int,
  appRuns: Schema.Boolean
}) {
  override get message(): string {
    const what =
      this.pid === 0
        ? `Process ${this.app} is just starting a nats-server on ${this.dataDir}`
        : `A nats-server, process ${this.pid}, already runs on ${this.dataDir}, ` +
          (this.appRuns ? `started by process ${this.app}, which still runs` : `left over from an app that was killed`)
    const remedy = this.appRuns ? `Stop that app` : `End it with \`kill ${this.pid}\``
    return `${what}; two servers on one store would corrupt it. ${remedy}, or set DATA_DIR to another folder.`
  }
}

export interface DataDirLock {
  readonly config: string
  readonly holds: (serverPid: number) => void
}

const BOOT_MILLIS = 15_000

/**
 * Claims `dataDir` (an absolute path that exists) for one nats-server for as long as the scope is open, by the file
 * `nats-server.pid`: the server's pid on the first line (0 until `holds` is called), the app's on the second. A file
 * whose server is dead, or whose pid has become another program's, is overwritten; a live one fails `DataDirInUse`.
 * A folder that cannot be written fails with what `unusable` makes of the reason. `config` is the path that the server must be started with: its command line is how it is recognised later.
 */
export const claim = <E>(
  dataDir: string,
  unusable: (reason: string) => E
): Effect.Effect<DataDirLock, DataDirInUse | E, Scope.Scope> => {
  const file = join(dataDir, "nats-server.pid")
  const config = join(dataDir, "nats.conf")
  const write = (server: number, flag: "w" | "wx") => writeFileSync(file, `${server}\n${process.pid}\n`, { flag })

  const isMine = (): boolean => {
    try {
      write(0, "wx")
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
      throw error
    }
  }

  const take = Effect.suspend((): Effect.Effect<DataDirLock, DataDirInUse | E> => {
    try {
      while (!isMine()) {
        const holder = read(file)
        if (holder !== undefined && isLive(holder, config)) {
          const { app, server } = holder
          return Effect.fail(new DataDirInUse({ dataDir, pid: server, app, appRuns: isAlive(app) }))
        }
        rmSync(file, { force: true })
      }
      return Effect.succeed({ config, holds: (serverPid) => write(serverPid, "w") })
    } catch (error) {
      return Effect.fail(unusable(String(error)))
    }
  })
  return Effect.acquireRelease(take, () => Effect.sync(() => rmSync(file, { force: true })))
}

interface Holder {
  readonly server: number
  readonly app: number
  readonly ageMillis: number
}

const read = (file: string): Holder | undefined => {
  try {
    const [server = Number.NaN, app = Number.NaN] = readFileSync(file, "utf8").split("\n").map(Number)
    return Number.isInteger(server) && Number.isInteger(app)
      ? { server, app, ageMillis: Date.now() - statSync(file).mtimeMs }
      : undefined
  } catch {
    return undefined
  }
}

// 0 stands for a server about to be started; an app killed just then must not lock the folder for ever.
const isLive = ({ ageMillis, app, server }: Holder, config: string): boolean =>
  server === 0 ? isAlive(app) && ageMillis < BOOT_MILLIS : isAlive(server) && commandLine(server).includes(config)

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

const commandLine = (pid: number): string => {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8")
    if (process.platform !== "win32") return execFileSync("ps", ["-ww", "-o", "args=", "-p", `${pid}`]).toString()
    const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').CommandLine`
    return execFileSync("powershell", ["-NoProfile", "-Command", query]).toString()
  } catch {
    return ""
  }
}
