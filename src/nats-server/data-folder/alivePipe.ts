import { execFileSync } from "node:child_process"
import { closeSync, constants, existsSync, fstatSync, openSync } from "node:fs"
import { join } from "node:path"

// A named pipe that a nats-server holds open for reading tells every process that shares the data folder whether one runs,
// also where pids do not: in another container. The kernel closes it with the server, however that ends.

const pipePath = (dataDir: string) => join(dataDir, "nats-server.alive")

/** A descriptor for a server to inherit; undefined where there are no named pipes, as on Windows. To be closed after. */
export const openAlivePipe = (dataDir: string): number | undefined => {
  const pipe = pipePath(dataDir)
  try {
    if (!existsSync(pipe)) execFileSync("mkfifo", ["-m", "600", pipe], { stdio: "ignore" })
    return openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}

/** Whether a server holds it open. False where that cannot be told. */
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
