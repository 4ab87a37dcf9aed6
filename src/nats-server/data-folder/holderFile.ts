import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Option, Schema } from "effect"
import { commandLine, isAlive, pidSpace, startTimeOf } from "#nats-server/process/processes.ts"

/** Who a data folder's nats-server is, and who started it: the file `nats-server.pid`. It informs; it locks nothing. */
export interface Holder {
  /** 0 as long as no server is started. */
  readonly server: number
  readonly app: number
  /** Tells pids from those of another container or machine, and from later ones; missing in files of older versions. */
  readonly identity?: { readonly space: string; readonly server: string; readonly app: string } | undefined
}

const Identity = Schema.fromJsonString(
  Schema.Struct({ space: Schema.String, server: Schema.String, app: Schema.String })
)
const decode = Schema.decodeUnknownOption(Identity)

const fileOf = (dataDir: string) => join(dataDir, "nats-server.pid")

/** Three lines: the server's pid, the app's, and what tells them from others. */
export const writeHolder = (dataDir: string, server: number): void => {
  const identity = { space: pidSpace(), server: server === 0 ? "" : startTimeOf(server), app: startTimeOf(process.pid) }
  writeFileSync(fileOf(dataDir), `${server}\n${process.pid}\n${JSON.stringify(identity)}\n`)
}

export const removeHolder = (dataDir: string): void => rmSync(fileOf(dataDir), { force: true })

/** Nothing where there is no such file, or none that can be understood. */
export const readHolder = (dataDir: string): Holder | undefined => {
  try {
    const [server, app, rest] = readFileSync(fileOf(dataDir), "utf8").split("\n")
    const pids = { server: Number(server || Number.NaN), app: Number(app || Number.NaN) }
    if (!Number.isInteger(pids.server) || !Number.isInteger(pids.app)) return undefined
    return { ...pids, identity: Option.getOrUndefined(decode(rest)) }
  } catch {
    return undefined
  }
}

/** Whether its pids can be looked up here: not those of another container, another machine or before a reboot. */
export const isVisible = ({ identity }: Holder): boolean => identity === undefined || identity.space === pidSpace()

const isSameProcess = (pid: number, start: string | undefined): boolean =>
  isAlive(pid) && (!start || startTimeOf(pid) === start)

/** Whether the app that wrote the file runs, as far as can be seen from here. */
export const isAppRunning = (holder: Holder): boolean =>
  isVisible(holder) && isSameProcess(holder.app, holder.identity?.app)

/** Whether its server runs, as far as can be seen from here. Without a start time its command line tells it: `config`. */
export const isServerRunning = (holder: Holder, config: string): boolean =>
  isVisible(holder) &&
  isSameProcess(holder.server, holder.identity?.server) &&
  (Boolean(holder.identity?.server) || commandLine(holder.server).includes(config))
