import { execFileSync } from "node:child_process"
import { closeSync, constants, existsSync, fstatSync, openSync } from "node:fs"
import { join } from "node:path"

// A nats-server holds a named pipe open for reading. By it every process that shares the data folder can find out whether a
// server runs, also in another container, where pids are useless. The kernel closes the pipe whenever the server ends.

const pipePath = (dataDir: string) => join(dataDir, "nats-server.alive")

/** A descriptor for a server to inherit, which the caller closes; `undefined` without named pipes, as on Windows. */
export const openAlivePipe = (dataDir: string): number | undefined => {
  const pipe = pipePath(dataDir)
  try {
    if (!existsSync(pipe)) execFileSync("mkfifo", ["-m", "600", pipe], { stdio: "ignore" })
    return openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}

/** Whether a server holds the pipe open. False if that cannot be determined. */
export const isOpenByServer = (dataDir: string): boolean => {
  try {
    const descriptor = openSync(pipePath(dataDir), constants.O_WRONLY | constants.O_NONBLOCK)
    const isPipe = fstatSync(descriptor).isFIFO()
    closeSync(descriptor)
    return isPipe
  } catch {
    return false
  }
}
