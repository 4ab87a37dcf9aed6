import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { build, find } from "../../scripts/nats-server.mjs"
import { emptyMachine, fakeServer, script } from "./emptyMachine.ts"

const command = fileURLToPath(new URL("../../scripts/nats-server", import.meta.url))
const pinned = /version: "([\d.]+)"/u.exec(readFileSync(`${command}.mjs`, "utf8"))![1]!

/** A `go` that records its arguments and settings in `calls`, and "installs" a fake server of `version`. */
const fakeGo = (folder: string, tools: string, version: string) => {
  const calls = join(folder, "calls")
  script(
    join(tools, "go"),
    `if [ "$1" = version ]; then echo "go version go1.26.8 linux/amd64"; exit; fi
echo "$* CGO_ENABLED=$CGO_ENABLED GOSUMDB=$GOSUMDB GONOSUMDB=$GONOSUMDB GOOS=\${GOOS-unset} GOARCH=\${GOARCH-unset}" >> ${calls}
[ "$(pwd)" = "$GOBIN" ] || exit 9
cat > "$GOBIN/nats-server" <<X
#!/bin/sh
echo "nats-server: v${version}"
X
chmod 755 "$GOBIN/nats-server"`
  )
  return calls
}

describe.skipIf(process.platform === "win32")("scripts/nats-server with Go", () => {
  it.live("builds the pinned release into the cache where nothing else works, and next time finds it there", () =>
    Effect.gen(function* () {
      const { folder, home, lines, tools, world } = yield* emptyMachine
      const calls = fakeGo(folder, tools, pinned)
      // Settings that would skip the checksum database, or build for another machine.
      const env = { ...world.env, GOSUMDB: "off", GONOSUMDB: "*", GOOS: "plan9", GOARCH: "arm" }
      assert.strictEqual(yield* Effect.promise(() => find({ ...world, env })), home)
      assert.deepStrictEqual(
        lines.map((line) => line.split(/[: ]/u)[0]),
        ["NATS_SERVER", "PATH", "cached", "downloading", "GitHub", "Debian", "building"]
      )
      assert.strictEqual(
        lines.at(-1),
        `building nats-server v${pinned} with go version go1.26.8 linux/amd64 (a minute or two) ...`
      )
      const module = `github.com/nats-io/nats-server/v2@v${pinned}`
      const settings = "CGO_ENABLED=0 GOSUMDB=sum.golang.org GONOSUMDB=none GOOS=unset GOARCH=unset"
      assert.strictEqual(readFileSync(calls, "utf8"), `install -trimpath ${module} ${settings}\n`)
      assert.deepStrictEqual(readdirSync(world.cache), ["nats-server"])
      assert.strictEqual(yield* Effect.promise(() => find(world)), home)
      assert.strictEqual(readFileSync(calls, "utf8").split("\n").length, 2)
    }).pipe(Effect.scoped)
  )

  it.live("builds at once with --build, whatever else there is, in place of the cached copy", () =>
    Effect.gen(function* () {
      const { folder, home, lines, tools, world } = yield* emptyMachine
      fakeServer(join(tools, "nats-server"), "2.15.1")
      fakeServer(home, "2.14.4")
      fakeGo(folder, tools, pinned)
      assert.strictEqual(yield* Effect.promise(() => build(world)), home)
      assert.lengthOf(lines, 1)
      assert.include(readFileSync(home, "utf8"), pinned)
    }).pipe(Effect.scoped)
  )

  it.live.each([
    { what: "there is no go", go: undefined, why: "Go: go not found" },
    {
      what: "go fails",
      go: `[ "$1" = version ] && exit; echo 'module lookup disabled by GOPROXY=off' >&2; exit 1`,
      why: "Go: go: module lookup disabled by GOPROXY=off"
    },
    {
      what: "go builds another version",
      go: `[ "$1" = version ] && exit; printf '#!/bin/sh\necho nats-server: v2.1.0\n' > "$GOBIN/nats-server"; chmod 755 "$GOBIN/nats-server"`,
      why: "too old: found 2.1.0"
    }
  ])("reports in one line that $what, keeps the cached copy, and leaves no files", ({ go, why }) =>
    Effect.gen(function* () {
      const { home, lines, tools, world } = yield* emptyMachine
      fakeServer(home, "2.14.4")
      if (go !== undefined) script(join(tools, "go"), go)
      assert.isUndefined(yield* Effect.promise(() => build(world)))
      assert.lengthOf(
        lines.filter((line) => line.startsWith("Go: ") && line.includes(why)),
        1,
        lines.join("\n")
      )
      assert.include(lines.at(-1), "No suitable nats-server was found")
      assert.deepStrictEqual(readdirSync(world.cache), ["nats-server"])
      assert.include(readFileSync(home, "utf8"), "2.14.4")
    }).pipe(Effect.scoped)
  )

  it("names --build in its usage, and is complete in the image", () => {
    const { stdout } = spawnSync(process.execPath, [command, "--help"], { encoding: "utf8" })
    assert.match(stdout, /^Usage: scripts\/nats-server \[--build \| --help\]/u)
    assert.strictEqual(spawnSync(process.execPath, [command, "--build", "--help"]).status, 2)
    const copied = readFileSync(new URL("../../deploy/Dockerfile", import.meta.url), "utf8")
    for (const [, part] of readFileSync(`${command}.mjs`, "utf8").matchAll(/from "\.\/(.*?\.mjs)"/gu)) {
      assert.isTrue(existsSync(join(command, "..", part!)))
      assert.include(copied, `scripts/${part}`)
    }
  })
})
