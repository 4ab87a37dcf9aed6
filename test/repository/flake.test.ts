import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, realpathSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "#test/support/testServer.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const hasNix = spawnSync("nix", ["--version"]).status === 0

const systems = ["aarch64-darwin", "aarch64-linux", "x86_64-darwin", "x86_64-linux"]

/** Builders run as this user and see its files, so the stub can use the shell of the machine. */
const unrestricted = ["--option", "sandbox", "false", "--option", "build-users-group", ""]

/**
 * Runs nix on a copy of the flake, offline, with a stub in place of nixpkgs and its own home. Its store is in `temporary`, which
 * needs no daemon and no root.
 */
const nix = (temporary: string, command: ReadonlyArray<string>, args: ReadonlyArray<string> = []) => {
  // A store has no symbolic link in its path; the temporary folder of macOS has one.
  const folder = realpathSync(temporary)
  const [flake, stub, home] = [join(folder, "flake"), join(folder, "stub"), join(folder, "home")]
  for (const made of [flake, home]) mkdirSync(made, { recursive: true })
  cpSync(join(root, "flake.nix"), join(flake, "flake.nix"))
  cpSync(join(root, "test", "support", "nix-stub"), stub, { recursive: true })
  const options = ["--override-input", "nixpkgs", `path:${stub}`, "--no-write-lock-file", ...args]
  const nixArguments = ["--extra-experimental-features", "nix-command flakes", "--offline", ...unrestricted, ...command]
  return spawnSync("nix", [...nixArguments, ...options], {
    cwd: flake,
    encoding: "utf8",
    env: {
      ...process.env,
      HOME: home,
      XDG_CACHE_HOME: join(home, ".cache"),
      NIX_REMOTE: "local",
      NIX_STORE_DIR: join(folder, "store"),
      NIX_STATE_DIR: join(folder, "state"),
      NIX_LOG_DIR: join(folder, "log"),
      NIX_CONF_DIR: join(folder, "etc")
    }
  })
}

describe.skipIf(!hasNix)("flake.nix (skipped without nix)", () => {
  it.live("is a flake that nix accepts", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const { status, stderr } = nix(folder, ["flake", "check", `path:${join(folder, "flake")}`], ["--no-build"])
      assert.strictEqual(status, 0, stderr)
    }).pipe(Effect.scoped)
  )

  it.live("gives a shell with Node 24, nats-server, natscli and jq on Linux and macOS", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const names = "builtins.mapAttrs (_: shells: map (package: package.name) shells.default.packages)"
      const shells = `path:${join(folder, "flake")}#devShells`
      const { status, stderr, stdout } = nix(folder, ["eval", shells], ["--json", "--apply", names])
      assert.strictEqual(status, 0, stderr)
      const packages = ["nodejs_24", "nats-server", "natscli", "jq"]
      assert.deepStrictEqual(JSON.parse(stdout), Object.fromEntries(systems.map((system) => [system, packages])))
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(!existsSync("/bin/bash"))("opens that shell with nix develop", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const programs = ["nodejs_24", "nats-server", "natscli", "jq"]
      const options = ["--command", "sh", "-c", programs.join(" && ")]
      const { status, stderr, stdout } = nix(folder, ["develop", `path:${join(folder, "flake")}`], options)
      assert.strictEqual(status, 0, stderr)
      assert.deepStrictEqual(stdout.trim().split("\n"), programs)
    }).pipe(Effect.scoped)
  )
})
