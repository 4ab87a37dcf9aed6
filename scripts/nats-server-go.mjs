import { join } from "node:path"

/**
 * Builds nats-server `version` with the machine's Go and resolves with the path of the binary, `executable` in the empty folder
 * `work`; Go keeps modules and objects in its own caches. Rejects with one sentence if there is no Go, or if Go fails.
 */
export const buildWithGo = async (work, { version, executable }, world, run) => {
  const found = await run("go", ["version"], { cwd: work, env: world.env, signal: world.signal, timeout: 10_000 })
  world.log(`building nats-server v${version} with ${found.trim()} (a minute or two) ...`)
  const env = {
    ...world.env,
    GOBIN: work,
    // Go installs into GOBIN only what it builds for this machine.
    GOOS: undefined,
    GOARCH: undefined,
    CGO_ENABLED: "0",
    // Nothing here knows the sums of the modules, so the public checksum database has to: settings that skip it are overridden.
    GOSUMDB: "sum.golang.org",
    GONOSUMDB: "none"
  }
  const options = { cwd: work, env, signal: world.signal, timeout: 900_000 }
  await run("go", ["install", "-trimpath", `github.com/nats-io/nats-server/v2@v${version}`], options)
  return join(work, executable)
}
