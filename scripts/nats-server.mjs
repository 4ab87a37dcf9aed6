import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises"
import { delimiter, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { unpackFromApt } from "./nats-server-apt.mjs"
import { buildWithGo } from "./nats-server-go.mjs"

/**
 * The release that is downloaded or built, with the SHA-256 of each archive. They are kept here because SHA256SUMS has the same origin
 * as the archives: an attacker who could replace one could replace the other. The sums of Linux are also those of the
 * official image's Dockerfile. A new version needs new sums.
 */
const release = {
  version: "2.15.0",
  sha256: {
    "linux-amd64": "5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92",
    "linux-arm64": "cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112",
    "linux-arm7": "ec5f4689d017e07cfa18442e10da051c0f3f9dd2e7f4dc7cdb55a11f1303c952",
    "darwin-amd64": "5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95",
    "darwin-arm64": "e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8",
    "windows-amd64": "2d0861dc2ca3567d17f7d19611d7b346cc2ccbd7086a0a77cc957a2c71663200"
  }
}
const rule = "2.14.4 or newer, or 2.12.14 up to 2.12.x"

const usage = `Usage: scripts/nats-server [--build | --help]

Prints the path of a suitable nats-server (${rule}) and nothing else on stdout.
Tries, in this order:
  1. NATS_SERVER (the path of a binary); if it is set and not suitable, nothing else is tried
  2. PATH
  3. the copy cached in .cache/nats-server
  4. the official GitHub release v${release.version}, checked against the SHA-256 in this script
  5. Debian's forky package, where the machine has apt (needs no root, changes nothing outside .cache)
  6. v${release.version} built with the machine's Go, checked by Go's checksum database; into .cache/nats-server
Each step that fails prints why on stderr. Exit code 1 if all fail.

With --build, only step 6 is done, and its binary replaces the cached copy.
`

const instructions = `No suitable nats-server was found (needed: ${rule}). Install one and run the command again:
  Debian    forky and newer: sudo apt-get install nats-server
  macOS     brew install nats-server
  Nix       nix develop
  Docker    docker run --rm -p 127.0.0.1:4222:4222 nats:${release.version} -js and set NATS_URL=nats://127.0.0.1:4222
  Windows   scoop install nats-server
  Go        https://go.dev/dl; this script then builds one
  by hand   https://github.com/nats-io/nats-server/releases     and set NATS_SERVER to the path of the binary`

/** The environment of the steps; tests pass their own. */
export const machine = () => ({
  env: process.env,
  platform: process.platform,
  arch: process.arch,
  cache: fileURLToPath(new URL("../.cache/nats-server", import.meta.url)),
  releases: "https://github.com/nats-io/nats-server/releases/download",
  sha256: release.sha256,
  aptDirectory: "/etc/apt",
  idleTimeoutMillis: 20_000,
  log: (line) => process.stderr.write(`${line}\n`)
})

/**
 * Tries each step in order and resolves with the absolute path of the first suitable nats-server, or with undefined if there
 * is none, or if NATS_SERVER names one that is not suitable; each failed step logs a line to `world.log`. Once
 * `world.signal` is aborted it ends its child processes, removes its files, and logs nothing more.
 */
export const find = (world) => firstOf(steps, world)

/** As `find`, with the step alone that builds a nats-server, which replaces the cached copy. */
export const build = (world) => firstOf([buildStep], world)

const firstOf = async (steps, world) => {
  for (const [name, step] of steps) {
    try {
      return await step(world)
    } catch (error) {
      if (world.signal?.aborted) return undefined
      world.log(`${name}: ${error.message}`)
      if (error instanceof NamedBinaryUnsuitable) return undefined
    }
  }
  world.log(instructions)
  return undefined
}

/** The command line: `args` are those after the script's name. Sets the exit code. */
export const main = async (args, world = machine()) => {
  const isBuild = args.length === 1 && args[0] === "--build"
  if (args.length > 0 && !isBuild) {
    const isHelp = args[0] === "--help" || args[0] === "-h"
    ;(isHelp ? process.stdout : process.stderr).write(usage)
    process.exitCode = isHelp ? 0 : 2
    return
  }
  // The reader of the output may have ended.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
  const interruption = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interruption.abort())
  const binary = await (isBuild ? build : find)({ ...world, signal: interruption.signal })
  if (binary === undefined) process.exitCode = interruption.signal.aborted ? 130 : 1
  else process.stdout.write(`${binary}\n`)
}

/** Whether `version` ("2.15.1") is supported: earlier ones reject valid atomic batches. */
export const isGood = (version) => {
  const [major, minor, patch] = version.split(".").map(Number)
  if (major !== 2) return major > 2
  return minor > 14 || (minor === 14 && patch >= 4) || (minor === 12 && patch >= 14)
}

/** NATS_SERVER names an unsuitable binary. No other is used in its place, which would be a surprise. */
class NamedBinaryUnsuitable extends Error {}

const fromEnvironment = async (world) => {
  const binary = world.env.NATS_SERVER
  if (!binary) throw new Error("not set")
  return check(resolve(binary), world).catch(({ message }) => {
    const remedy = `Set NATS_SERVER to a suitable nats-server (${rule}), or leave it out to have one found or downloaded`
    throw new NamedBinaryUnsuitable(`${message}. ${remedy}.`)
  })
}

const fromPath = async (world) => {
  const failures = []
  for (const folder of (world.env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const binary = resolve(folder, executable(world))
    if (!(await isExecutable(binary))) continue
    try {
      return await check(binary, world)
    } catch (error) {
      failures.push(error.message)
    }
  }
  throw new Error(failures.length > 0 ? failures.join("; ") : "nats-server not found")
}

const fromCache = (world) => check(cached(world), world)

const fromRelease = (world) =>
  install(world, async (work) => {
    const platform = { linux: "linux", darwin: "darwin", win32: "windows" }[world.platform]
    const arch = { x64: "amd64", arm64: "arm64", arm: "arm7" }[world.arch]
    const expected = world.sha256[`${platform}-${arch}`]
    if (!expected)
      throw new Error(`this script has no checksum for ${world.platform} on ${world.arch}, so it downloads nothing`)
    const folder = `nats-server-v${release.version}-${platform}-${arch}`
    const asset = `${folder}.${platform === "windows" ? "zip" : "tar.gz"}`
    world.log(`downloading ${asset} ...`)
    const archive = await download(`${world.releases}/v${release.version}/${asset}`, world)
    const sum = createHash("sha256").update(archive).digest("hex")
    if (sum !== expected) throw new Error(`checksum: ${asset} has ${sum}, this script expects ${expected}; not used`)
    await writeFile(join(work, asset), archive)
    // Only Windows' own tar reads a zip, and another tar may come before it on PATH.
    const tar = platform === "windows" ? join(world.env.SystemRoot ?? "C:\\Windows", "System32", "tar.exe") : "tar"
    await run(tar, ["-xf", asset], { cwd: work, env: world.env, signal: world.signal })
    return join(work, folder, executable(world))
  })

const fromApt = (world) => install(world, (work) => unpackFromApt(work, world, run))

const fromGo = (world) =>
  install(world, (work) => {
    const pinned = { version: release.version, executable: executable(world) }
    return buildWithGo(work, pinned, world, run)
  })

const buildStep = ["Go", fromGo]

const steps = [
  ["NATS_SERVER", fromEnvironment],
  ["PATH", fromPath],
  ["cached copy", fromCache],
  ["GitHub release", fromRelease],
  ["Debian forky", fromApt],
  buildStep
]

const executable = (world) => (world.platform === "win32" ? "nats-server.exe" : "nats-server")

const cached = (world) => join(world.cache, executable(world))

const isExecutable = (file) =>
  access(file, constants.X_OK)
    .then(() => stat(file))
    .then((found) => found.isFile())
    .catch(() => false)

const check = async (binary, world) => {
  if (!(await isExecutable(binary))) throw new Error(`${binary} not found, or not an executable file`)
  const output = await run(binary, ["--version"], { env: world.env, signal: world.signal, timeout: 10_000 }).catch(
    (error) => {
      throw new Error(`${binary} does not run: ${error.message}`)
    }
  )
  const version = /^nats-server: v?(\d+\.\d+\.\d+)/m.exec(output)?.[1]
  if (version === undefined)
    throw new Error(`${binary} is not a nats-server: --version says ${JSON.stringify(output.slice(0, 80))}`)
  if (!isGood(version)) throw new Error(`${binary} is too old: found ${version}, need ${rule}`)
  return binary
}

// Files are created in a unique folder and moved at the end, so that concurrent runs do not disturb each other.
const install = async (world, unpack) => {
  await mkdir(world.cache, { recursive: true })
  await removeLeftovers(world)
  const work = await mkdtemp(join(world.cache, "tmp-"))
  try {
    const binary = await check(await unpack(work), world)
    // Windows does not replace a binary that runs; then the cached one is checked.
    await rename(binary, cached(world)).catch(() => undefined)
    return await check(cached(world), world)
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 5 })
  }
}

const removeLeftovers = async (world) => {
  for (const name of await readdir(world.cache)) {
    const path = join(world.cache, name)
    const age = Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs
    if (name.startsWith("tmp-") && age > 3_600_000) await rm(path, { recursive: true, force: true })
  }
}

const download = async (url, world) => {
  const controller = new AbortController()
  const abort = () => controller.abort()
  world.signal?.addEventListener("abort", abort)
  if (world.signal?.aborted) abort()
  let timer
  const restartTimer = () => {
    clearTimeout(timer)
    timer = setTimeout(abort, world.idleTimeoutMillis)
  }
  try {
    restartTimer()
    const response = await fetch(url, { signal: controller.signal })
    if (!response.ok) throw new Error(`the answer is ${response.status}`)
    const chunks = []
    for await (const chunk of response.body) {
      restartTimer()
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    const timeout = `no data for ${world.idleTimeoutMillis / 1000} s`
    const reason = controller.signal.aborted ? timeout : (error.cause?.code ?? error.cause?.message ?? error.message)
    throw new Error(`network: ${url}: ${reason}`, { cause: error })
  } finally {
    clearTimeout(timer)
    world.signal?.removeEventListener("abort", abort)
  }
}

const run = (command, args, { signal, ...options }) =>
  new Promise((done, fail) => {
    if (signal?.aborted) return fail(new Error("interrupted"))
    // execFile's own `signal` option reports the end before the command has ended, which may still write.
    const end = () => child.kill("SIGTERM")
    signal?.addEventListener("abort", end)
    const child = execFile(
      command,
      args,
      { maxBuffer: 1 << 26, windowsHide: true, ...options },
      (error, stdout, stderr) => {
        signal?.removeEventListener("abort", end)
        if (!error) return done(stdout)
        const lines = String(stderr).trim().split("\n").filter(Boolean)
        const last = lines.findLast((line) => line.startsWith("E:")) ?? lines.at(-1)
        if (error.code === "ENOENT") fail(new Error(`${command} not found`))
        else if (error.killed) fail(new Error(`${command} took longer than ${options.timeout / 1000} s`))
        else fail(new Error(`${command}: ${last ?? error.message.split("\n")[0]}`))
      }
    )
  })
