import { spawnSync } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]

const isRunnable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const onPath = (): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isRunnable)

/** Installs Chromium with apt-get, as root or with a sudo that needs no password. */
const install = (): void => {
  const apt = (...args: ReadonlyArray<string>) => {
    const sudo = process.getuid?.() === 0 ? [] : ["sudo", "-n"]
    const [command, ...rest] = [...sudo, "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300", ...args]
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
    return spawnSync(command!, rest, { stdio: "ignore", timeout: 420_000, env }).status === 0
  }
  if (process.platform === "linux" && apt("update")) apt("install", "-y", "chromium")
}

const find = (): string | undefined => {
  const named = process.env["CHROMIUM"]
  if (named !== undefined) return named || undefined
  const found = onPath()
  if (found !== undefined) return found
  install()
  return onPath()
}

/** The path of Chromium: from CHROMIUM (none if it is empty), else from PATH, else installed now; undefined if there is none. */
export const chromium = find()

if (chromium === undefined) {
  console.warn(
    "No Chromium: the tests of the page are skipped. Install one (apt-get install chromium), or name it: CHROMIUM=…"
  )
}

/** Flags against network traffic of the browser itself: no updates, no sync, nothing in the background. */
export const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run"
]
