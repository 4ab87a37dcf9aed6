import { execFileSync } from "node:child_process"
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"

// Properties of other processes of this machine.

const readText = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8").trim()
  } catch {
    return undefined
  }
}

/** An id of one run of one kernel, or the host name where there is none. Containers on one kernel have the same. */
export const bootId = (): string => readText("/proc/sys/kernel/random/boot_id") ?? hostname()

/** The scope of a pid: the run of the kernel, and on Linux the pid namespace. */
export const pidSpace = (): string => {
  try {
    return `${bootId()} ${readlinkSync("/proc/self/ns/pid")}`
  } catch {
    return bootId()
  }
}

const ps = (pid: number, columns: string): string => {
  try {
    return execFileSync("ps", ["-ww", "-o", columns, "-p", `${pid}`], { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim()
  } catch {
    return ""
  }
}

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

/** The fields of `/proc/<pid>/stat` from the third, the state, on; the second may contain anything. */
const statOf = (pid: number): ReadonlyArray<string> | undefined => {
  const text = readText(`/proc/${pid}/stat`)
  return text?.slice(text.lastIndexOf(")") + 2).split(" ")
}

/** Whether a process runs. A zombie, which has ended but was not reaped, does not. */
export const isAlive = (pid: number): boolean => {
  if (!Number.isInteger(pid) || pid <= 0 || !exists(pid)) return false
  if (process.platform === "win32") return true
  const state = process.platform === "linux" ? statOf(pid)?.[0] : ps(pid, "stat=")
  return state !== undefined && state !== "" && !/^[ZX]/u.test(state)
}

/** Distinguishes a process from a later one with the same pid; empty if it cannot be read. */
export const startTimeOf = (pid: number): string => {
  if (process.platform === "linux") return statOf(pid)?.[19] ?? ""
  return process.platform === "win32" ? "" : ps(pid, "lstart=")
}

/** The command line of a process, as far as it can be read. */
export const commandLine = (pid: number): string => {
  if (process.platform === "linux") return readText(`/proc/${pid}/cmdline`) ?? ""
  if (process.platform !== "win32") return ps(pid, "args=")
  try {
    const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').CommandLine`
    return execFileSync("powershell", ["-NoProfile", "-Command", query]).toString()
  } catch {
    return ""
  }
}
