import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "#test/support/testServer.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const hasNix = spawnSync("nix", ["--version"]).status === 0

const systems = ["aarch64-darwin", "aarch64-linux", "x86_64-darwin", "x86_64-linux"]

/** Runs nix on a copy of the flake, offline, with a stub in place of nixpkgs and its own home. */
const nix = (folder: string, command: ReadonlyArray<string>, args: ReadonlyArray<string> = []) => {
  const [flake, stub, home] = [join(folder, "flake"), join(folder, "stub"), join(folder, "home")]
  for (const made of [flake, home]) mkdirSync(made, { recursive: true })
  cpSync(join(root, "flake.nix"), join(flake, "flake.nix"))
  cpSync(join(root, "test", "support", "nix-stub"), stub, { recursive: true })
  const options = ["--override-input", "nixpkgs", `path:${stub}`, "--no-write-lock-file", ...args]
  const nixArguments = ["--extra-experimental-features", "nix-command flakes", "--offline", ...command]
  return spawnSync("nix", [...nixArguments, ...options], {
    cwd: flake,
    encoding: "utf8",
    // Its own store needs no daemon and no root; only on Linux can a store have another path.
    env: {
      ...process.env,
      HOME: home,
      XDG_CACHE_HOME: join(home, ".cache"),
      ...(process.platform === "linux" ? { NIX_REMOTE: join(folder, "store") } : {})
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
})
