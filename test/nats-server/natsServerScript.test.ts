import { execFileSync, spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { watch } from "node:fs/promises"
import { createServer } from "node:http"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "#test/support/testServer.ts"
import { find, isGood, type World } from "../../scripts/nats-server.mjs"
import { emptyMachine, fakeServer, script } from "./emptyMachine.ts"

const search = (world: World) => Effect.promise(() => find(world))

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex")

const asset = "nats-server-v2.15.0-linux-amd64.tar.gz"

/** A release of a fake server, served on a free port: `files` replace its files, and the archive is sent after `before`. */
const release = (
  folder: string,
  version: string,
  files: Record<string, string | Buffer | "silence"> = {},
  before: () => Promise<unknown> = async () => undefined
) =>
  Effect.acquireRelease(
    Effect.callback<{ world: Pick<World, "releases" | "sha256">; requests: Array<string>; close: () => void }>(
      (resume) => {
        const name = asset.replace(".tar.gz", "")
        fakeServer(join(folder, "release", name, "nats-server"), version)
        execFileSync("tar", ["-czf", asset, name], { cwd: join(folder, "release") })
        const archive = readFileSync(join(folder, "release", asset))
        const sums = { "linux-amd64": sha256(archive) }
        const served: typeof files = { [asset]: archive, ...files }
        const requests: Array<string> = []
        const server = createServer(async (request, response) => {
          requests.push(request.url ?? "")
          if (request.url?.endsWith(asset)) await before()
          const body = served[request.url?.split("/").at(-1) ?? ""]
          if (body === "silence") return
          if (body === undefined) response.writeHead(404).end()
          else response.end(body)
        })
        const close = () => {
          server.closeAllConnections()
          server.close()
        }
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          resume(Effect.succeed({ world: { releases: `http://127.0.0.1:${port}`, sha256: sums }, requests, close }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

const sources = (folder: string, name: string, text: string) => {
  mkdirSync(join(folder, "apt", "sources.list.d"), { recursive: true })
  writeFileSync(join(folder, "apt", name), text)
}

/** apt and dpkg-deb that record their calls in `folder`/recorded and unpack a fake server of `version`. */
const fakeApt = (folder: string, tools: string, version: string) => {
  const recorded = join(folder, "recorded")
  mkdirSync(recorded)
  script(
    join(tools, "apt-config"),
    `echo 'Acquire::http::Proxy "http://proxy.example:3128";'
echo 'APT::Update::Post-Invoke:: "touch ${recorded}/hook";'`
  )
  script(
    join(tools, "apt-get"),
    `echo "$@" >> ${recorded}/calls
cp "$APT_CONFIG" ${recorded}/apt.conf
cp -r "$(pwd)/../sources" ${recorded}/
case "$*" in *download*) echo deb > nats-server_${version}-1_amd64.deb;; esac`
  )
  script(
    join(tools, "dpkg-deb"),
    `[ "$1" = -x ] && mkdir -p "$3/usr/sbin" && cat > "$3/usr/sbin/nats-server" <<X
#!/bin/sh
echo "nats-server: v${version}"
X
chmod 755 "$3/usr/sbin/nats-server"`
  )
  return recorded
}

const debian = `# the archive
Types: deb deb-src
URIs: http://mirror.example.org/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example.org/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://apt.example/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/example.gpg
`

describe.skipIf(process.platform === "win32")("scripts/nats-server", () => {
  it("accepts supported versions only", () => {
    for (const good of ["2.14.4", "2.15.0", "2.15.1", "2.20.0", "3.0.0", "2.12.14", "2.12.20"])
      assert.isTrue(isGood(good), good)
    for (const bad of ["2.14.3", "2.14.0", "2.13.9", "2.12.13", "2.9.10", "1.4.1"]) assert.isFalse(isGood(bad), bad)
  })

  it.live("uses NATS_SERVER first, and prints nothing else", () =>
    Effect.gen(function* () {
      const { folder, home, lines, tools, world } = yield* emptyMachine
      const named = fakeServer(join(folder, "named"), "2.14.4")
      fakeServer(join(tools, "nats-server"), "2.15.0")
      fakeServer(home, "2.15.1")
      assert.strictEqual(yield* search({ ...world, env: { ...world.env, NATS_SERVER: named } }), named)
      assert.deepStrictEqual(lines, [])
    }).pipe(Effect.scoped)
  )

  it.live.each([
    { what: "missing", make: (file: string) => file, why: "not found" },
    {
      what: "too old",
      make: (file: string) => fakeServer(file, "2.9.10"),
      why: "too old: found 2.9.10, need 2.14.4 or newer, or 2.12.14 up to 2.12.x"
    },
    {
      what: "something else",
      make: (file: string) => script(file, "echo hello"),
      why: `not a nats-server: --version says "hello`
    },
    { what: "broken", make: (file: string) => script(file, "echo 'bad luck' >&2; exit 3"), why: "bad luck" }
  ])("reports in one line that NATS_SERVER is $what, and uses no other instead", ({ make, why }) =>
    Effect.gen(function* () {
      const { folder, home, lines, tools, world } = yield* emptyMachine
      const named = make(join(folder, "named"))
      fakeServer(join(tools, "nats-server"), "2.15.0")
      fakeServer(home, "2.15.1")
      assert.isUndefined(yield* search({ ...world, env: { ...world.env, NATS_SERVER: named } }))
      assert.lengthOf(lines, 1)
      assert.match(lines[0] ?? "", /^NATS_SERVER: /)
      assert.include(lines[0], named)
      assert.include(lines[0], why)
      assert.include(lines[0], "leave it out")
    }).pipe(Effect.scoped)
  )

  it.live("skips an old one on PATH for a supported one further on", () =>
    Effect.gen(function* () {
      const { folder, tools, world } = yield* emptyMachine
      fakeServer(join(tools, "nats-server"), "2.10.0")
      const good = fakeServer(join(folder, "later", "nats-server"), "2.15.0")
      const env = { PATH: [tools, join(folder, "later")].join(delimiter) }
      assert.strictEqual(yield* search({ ...world, env }), good)
    }).pipe(Effect.scoped)
  )

  it.live("uses the cached copy if PATH has no supported one", () =>
    Effect.gen(function* () {
      const { home, lines, tools, world } = yield* emptyMachine
      fakeServer(join(tools, "nats-server"), "2.9.10")
      fakeServer(home, "2.12.14")
      assert.strictEqual(yield* search(world), home)
      assert.deepStrictEqual(
        lines.map((line) => line.split(":")[0]),
        ["NATS_SERVER", "PATH"]
      )
      assert.include(lines[1], "found 2.9.10")
    }).pipe(Effect.scoped)
  )

  it.live("downloads the release into the cache, in place of an old copy, and next time finds it there", () =>
    Effect.gen(function* () {
      const { folder, home, lines, world } = yield* emptyMachine
      fakeServer(home, "2.14.0")
      const { requests, world: served } = yield* release(folder, "2.15.1")
      assert.strictEqual(yield* search({ ...world, ...served }), home)
      assert.deepStrictEqual(requests, [`/v2.15.0/${asset}`])
      assert.include(lines[2], "found 2.14.0")
      assert.strictEqual(lines[3], `downloading ${asset} ...`)
      assert.deepStrictEqual(readdirSync(world.cache), ["nats-server"])
      assert.strictEqual(yield* search(world), home)
      assert.lengthOf(requests, 1)
    }).pipe(Effect.scoped)
  )

  it.live("is not disturbed by a concurrent run", () =>
    Effect.gen(function* () {
      const { folder, home, world } = yield* emptyMachine
      const quick = yield* release(folder, "2.15.1")
      const meanwhile: Array<string | undefined> = []
      const slow = yield* release(folder, "2.15.1", {}, async () => {
        meanwhile.push(await find({ ...world, ...quick.world }))
      })
      assert.strictEqual(yield* search({ ...world, ...slow.world, idleTimeoutMillis: 10_000 }), home)
      assert.deepStrictEqual(meanwhile, [home])
      assert.deepStrictEqual(readdirSync(world.cache), ["nats-server"])
    }).pipe(Effect.scoped)
  )

  it.live.each([
    { what: "is not there", files: { [asset]: undefined as never }, why: "the answer is 404" },
    { what: "is never sent", files: { [asset]: "silence" }, why: "no data for 0.3 s" },
    // SHA256SUMS is not requested, since it has the same origin as the archive.
    {
      what: "was replaced together with its SHA256SUMS",
      files: { SHA256SUMS: `${sha256("replaced")}  ${asset}\n`, [asset]: "replaced" },
      why: `has ${sha256("replaced")}, this script expects`
    }
  ])("does not use a release that $what", ({ files, why }) =>
    Effect.gen(function* () {
      const { folder, lines, world } = yield* emptyMachine
      const { world: served } = yield* release(folder, "2.15.1", files)
      assert.isUndefined(yield* search({ ...world, ...served }))
      const line = lines.find((line) => line.startsWith("GitHub release: "))
      assert.include(line, why)
      assert.deepStrictEqual(readdirSync(world.cache), [])
    }).pipe(Effect.scoped)
  )

  it.live("downloads nothing for a machine whose archive has no checksum here", () =>
    Effect.gen(function* () {
      const { folder, lines, world } = yield* emptyMachine
      const { requests, world: served } = yield* release(folder, "2.15.1")
      assert.isUndefined(yield* search({ ...world, ...served, arch: "s390x" }))
      assert.include(lines, "GitHub release: this script has no checksum for linux on s390x, so it downloads nothing")
      assert.deepStrictEqual(requests, [])
    }).pipe(Effect.scoped)
  )

  it.live("does not use a release whose binary has another version", () =>
    Effect.gen(function* () {
      const { folder, lines, world } = yield* emptyMachine
      const { world: served } = yield* release(folder, "2.1.0")
      assert.isUndefined(yield* search({ ...world, ...served }))
      assert.include(
        lines.find((line) => line.startsWith("GitHub release: ")),
        "too old: found 2.1.0"
      )
      assert.isFalse(existsSync(join(world.cache, "nats-server")))
    }).pipe(Effect.scoped)
  )

  it.live("unpacks Debian's package with its own lists, cache and sources", () =>
    Effect.gen(function* () {
      const { folder, home, lines, tools, world } = yield* emptyMachine
      sources(folder, "sources.list.d/debian.sources", debian)
      const recorded = fakeApt(folder, tools, "2.15.1")
      assert.strictEqual(yield* search(world), home)
      assert.include(lines, "downloading nats-server from Debian forky ...")
      assert.strictEqual(readFileSync(join(recorded, "calls"), "utf8"), "-q update\n-q download nats-server\n")
      const conf = readFileSync(join(recorded, "apt.conf"), "utf8")
      for (const name of ["Dir::State::Lists", "Dir::Cache", "Dir::Etc::SourceParts"]) {
        assert.match(conf, new RegExp(`^${name} "${world.cache}/tmp-`, "m"))
      }
      assert.include(conf, `Acquire::http::Proxy "http://proxy.example:3128";`)
      assert.notInclude(conf, "Post-Invoke")
      assert.deepStrictEqual(readdirSync(join(recorded, "sources")), ["debian-0.sources"])
      assert.strictEqual(
        readFileSync(join(recorded, "sources", "debian-0.sources"), "utf8"),
        `Types: deb
Suites: forky
Components: main
URIs: http://mirror.example.org/debian
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`
      )
      assert.deepStrictEqual(readdirSync(world.cache), ["nats-server"])
    }).pipe(Effect.scoped)
  )

  it.live("reads one-line sources too, and ignores security and third-party archives", () =>
    Effect.gen(function* () {
      const { folder, tools, world } = yield* emptyMachine
      sources(
        folder,
        "sources.list",
        `# deb http://old.example/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian-mirror bookworm main contrib
deb http://ftp.de.debian.org/debian/ trixie main
deb http://ftp.de.debian.org/debian/ trixie-updates main
deb-src http://ftp.de.debian.org/debian/ trixie main
deb http://security.debian.org/debian-security trixie-security main
deb https://packages.example/apt cloud-sdk-bookworm main
deb [signed-by=/etc/apt/keyrings/example.asc] https://apt.example/linux/debian bookworm main
deb https://download.docker.com/linux/debian bookworm stable
`
      )
      sources(folder, "sources.list.d/off.sources", debian.replace("Types: deb deb-src", "Enabled: no\nTypes: deb"))
      const recorded = fakeApt(folder, tools, "2.15.1")
      yield* search(world)
      const used = readdirSync(join(recorded, "sources"))
        .sort()
        .map((name) => readFileSync(join(recorded, "sources", name), "utf8").trim())
      assert.deepStrictEqual(used, [
        "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror.example/debian-mirror forky main",
        "deb http://ftp.de.debian.org/debian/ forky main"
      ])
    }).pipe(Effect.scoped)
  )

  it.live.each([
    { what: "brings too old a version", version: "2.10.7", list: debian, broken: "", why: "found 2.10.7" },
    { what: "has no Debian archive", version: "2.15.1", list: "", broken: "", why: "no Debian archive" },
    { what: "fails", version: "2.15.1", list: debian, broken: "echo 'E: no route' >&2; exit 100", why: "E: no route" }
  ])("reports that apt $what", ({ broken, list, version, why }) =>
    Effect.gen(function* () {
      const { folder, lines, tools, world } = yield* emptyMachine
      sources(folder, "sources.list.d/debian.sources", list)
      fakeApt(folder, tools, version)
      if (broken !== "") script(join(tools, "apt-get"), broken)
      assert.isUndefined(yield* search(world))
      assert.include(
        lines.find((line) => line.startsWith("Debian forky: ")),
        why
      )
    }).pipe(Effect.scoped)
  )

  it.live("prints how to install one if every step has failed, each in one line", () =>
    Effect.gen(function* () {
      const { folder, lines, world } = yield* emptyMachine
      sources(folder, "sources.list.d/debian.sources", debian)
      assert.isUndefined(yield* search(world))
      const steps = ["NATS_SERVER", "PATH", "cached copy", "GitHub release", "Debian forky", "Go"]
      for (const step of steps)
        assert.lengthOf(
          lines.filter((line) => line.startsWith(`${step}: `)),
          1,
          step
        )
      const instructions = lines.at(-1) ?? ""
      for (const system of ["Debian", "macOS", "Nix", "Docker", "Windows", "Go"]) {
        assert.match(instructions, new RegExp(`^ +${system} +\\S`, "m"))
      }
      assert.include(instructions, "2.14.4 or newer, or 2.12.14 up to 2.12.x")
    }).pipe(Effect.scoped)
  )

  /** Runs the script in its own process, and interrupts it as Ctrl-C does once its search has reached `stage`. */
  const interrupted = Effect.fnUntraced(function* (world: World, stage: Promise<unknown>) {
    const main = join(world.cache, "..", "main.mjs")
    const module = new URL("../../scripts/nats-server.mjs", import.meta.url).href
    const { log: _, ...rest } = world
    writeFileSync(
      main,
      `import { machine, main } from ${JSON.stringify(module)}
await main([], { ...machine(), ...${JSON.stringify(rest)} })`
    )
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(process.execPath, [main], { stdio: ["ignore", "pipe", "pipe"] })),
      (child) => Effect.sync(() => void child.kill("SIGKILL"))
    )
    return yield* Effect.promise(async () => {
      let text = ""
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (part: string) => void (text += part))
      }
      const closed = once(child, "close")
      await Promise.race([stage, closed])
      child.kill("SIGINT")
      // A terminal signals the whole group, and the app that waits for the script signals it once more.
      child.kill("SIGTERM")
      const [code] = (await closed) as [number | null]
      return { code, text }
    })
  })

  it.live("removes a partial download when it is interrupted, and prints nothing more", () =>
    Effect.gen(function* () {
      const { folder, world } = yield* emptyMachine
      let onRequest = () => {}
      const stage = new Promise<void>((resolve) => (onRequest = resolve))
      const { world: served } = yield* release(folder, "2.15.1", { [asset]: "silence" }, async () => onRequest())
      const { code, text } = yield* interrupted({ ...world, ...served, idleTimeoutMillis: 60_000 }, stage)
      assert.strictEqual(code, 130)
      assert.notMatch(text, /GitHub release|No suitable nats-server/u)
      assert.deepStrictEqual(readdirSync(world.cache), [])
    }).pipe(Effect.scoped)
  )

  it.live("ends apt when it is interrupted, and removes its files", () =>
    Effect.gen(function* () {
      const { folder, tools, world } = yield* emptyMachine
      sources(folder, "sources.list.d/debian.sources", debian)
      fakeApt(folder, tools, "2.15.1")
      const begun = join(folder, "begun")
      // It keeps writing until it is signalled, as the real one does.
      script(
        join(tools, "apt-get"),
        `trap 'echo ended > ${begun}; exit 1' TERM
echo begun > ${begun}
while :; do echo more >> lists; sleep 0.01; done`
      )
      const stage = (async () => {
        for await (const _ of watch(folder)) if (existsSync(begun)) return
      })()
      const { code } = yield* interrupted(world, stage)
      assert.strictEqual(code, 130)
      assert.strictEqual(readFileSync(begun, "utf8"), "ended\n")
      assert.deepStrictEqual(readdirSync(world.cache), [])
    }).pipe(Effect.scoped)
  )

  it("suggests a Docker command whose port is published on loopback only", () => {
    const text = readFileSync(new URL("../../scripts/nats-server.mjs", import.meta.url), "utf8")
    for (const [, published] of text.matchAll(/docker run .*?-p (\S+)/gu)) assert.match(published!, /^127\.0\.0\.1:/u)
    assert.match(text, /docker run/u)
  })

  it.live("prints only the path on stdout, or its usage", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const named = fakeServer(join(folder, "named"), "2.15.0")
      const command = fileURLToPath(new URL("../../scripts/nats-server", import.meta.url))
      const run = (...args: ReadonlyArray<string>) =>
        spawnSync(process.execPath, [command, ...args], {
          encoding: "utf8",
          env: { ...process.env, NATS_SERVER: named }
        })
      const { status, stderr, stdout } = run()
      assert.deepStrictEqual({ status, stderr, stdout }, { status: 0, stderr: "", stdout: `${named}\n` })
      assert.match(run("--help").stdout, /^Usage: scripts\/nats-server/)
      assert.strictEqual(run("--nonsense").status, 2)
    }).pipe(Effect.scoped)
  )
})
