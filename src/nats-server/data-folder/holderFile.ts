import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Option, Schema } from "effect"
import { commandLine, isAlive, pidSpace, startTimeOf } from "#nats-server/process/processes.ts"

/** The processes of a data folder's nats-server and its app, in the file `nats-server.pid`. It is no lock. */
export interface Holder {
  /** The server's pid; 0 until it is started. */
  readonly server: number
  readonly app: number
  /** Distinguishes the pids from those of other containers and machines, and from reused ones; missing in older files. */
  readonly identity?: { readonly space: string; readonly server: string; readonly app: string } | undefined
}

const Identity = Schema.fromJsonString(
  Schema.Struct({ space: Schema.String, server: Schema.String, app: Schema.String })
)
const decode = Schema.decodeUnknownOption(Identity)

const fileOf = (dataDir: string) => join(dataDir, "nats-server.pid")

/** Writes three lines: the server's pid, the app's, and their identity. */
export const writeHolder = (dataDir: string, server: number): void => {
  const identity = { space: pidSpace(), server: server === 0 ? "" : startTimeOf(server), app: startTimeOf(process.pid) }
  writeFileSync(fileOf(dataDir), `${server}\n${process.pid}\n${JSON.stringify(identity)}\n`)
}

export const removeHolder = (dataDir: string): void => rmSync(fileOf(dataDir), { force: true })

/** `undefined` if the file is missing or cannot be parsed. */
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

/** Whether its pids are valid here: not those of another container, another machine or before a reboot. */
export const isVisible = ({ identity }: Holder): boolean => identity === undefined || identity.space === pidSpace()

const isSameProcess = (pid: number, start: string | undefined): boolean =>
  isAlive(pid) && (!start || startTimeOf(pid) === start)

/** Whether the app that wrote the file runs, as far as can be seen from here. */
export const isAppRunning = (holder: Holder): boolean =>
  isVisible(holder) && isSameProcess(holder.app, holder.identity?.app)

/** Whether its server runs, as far as can be seen from here. Without a start time, its command line must name `config`. */
export const isServerRunning = (holder: Holder, config: string): boolean =>
  isVisible(holder) &&
  isSameProcess(holder.server, holder.identity?.server) &&
  (Boolean(holder.identity?.server) || commandLine(holder.server).includes(config))
