import { execFileSync, spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { watch } from "node:fs/promises"
import { createServer } from "node:http"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "#test/support/testServer.ts"
import { find, isGood, type World } from "../../scripts/nats-server.mjs"

const script = (file: string, text: string) => {
  mkdirSync(join(file, ".."), { recursive: true })
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

const fakeServer = (file: string, version: string) => script(file, `echo "nats-server: v${version}"`)

/** A machine with nothing on it but the tools of the system that the steps call; nothing leaves it. */
const emptyMachine = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const tools = join(folder, "tools")
  mkdirSync(tools)
  for (const tool of ["sh", "tar", "gzip", "cat", "cp", "mkdir", "chmod", "pwd", "sleep"]) {
    symlinkSync(execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim(), join(tools, tool))
  }
  const said: Array<string> = []
  const world: World = {
    env: { PATH: tools },
    platform: "linux",
    arch: "x64",
    cache: join(folder, "cache"),
    releases: "http://127.0.0.1:1",
    sha256: { "linux-amd64": "0".repeat(64) },
    aptDirectory: join(folder, "apt"),
    silence: 300,
    say: (line) => said.push(line)
  }
  return { folder, tools, world, said, home: join(folder, "cache", "nats-server") }
})

const looked = (world: World) => Effect.promise(() => find(world))

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex")

const asset = "nats-server-v2.15.0-linux-amd64.tar.gz"

/** A release of a fake server, served on a free port: `files` are replaced by the test, the archive is sent after `before`. */
const release = (
  folder: string,
  version: string,
  files: Record<string, string | Buffer | "silence"> = {},
  before: () => Promise<unknown> = async () => undefined
) =>
  Effect.acquireRelease(
    Effect.callback<{ world: Pick<World, "releases" | "sha256">; asked: Array<string>; close: () => void }>(
      (resume) => {
        const name = asset.replace(".tar.gz", "")
        fakeServer(join(folder, "release", name, "nats-server"), version)
        execFileSync("tar", ["-czf", asset, name], { cwd: join(folder, "release") })
        const archive = readFileSync(join(folder, "release", asset))
        const sums = { "linux-amd64": sha256(archive) }
        const served: typeof files = { [asset]: archive, ...files }
        const asked: Array<string> = []
        const server = createServer(async (request, response) => {
          asked.push(request.url ?? "")
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
          resume(Effect.succeed({ world: { releases: `http://127.0.0.1:${port}`, sha256: sums }, asked, close }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

const sources = (folder: string, name: string, text: string) => {
  mkdirSync(join(folder, "apt", "sources.list.d"), { recursive: true })
  writeFileSync(join(folder, "apt", name), text)
}

/** apt and dpkg-deb that keep what they were called with in `folder`/seen and bring a fake server of `version`. */
const fakeApt = (folder: string, tools: string, version: string) => {
  const seen = join(folder, "seen")
  mkdirSync(seen)
  script(
    join(tools, "apt-config"),
    `echo 'Acquire::http::Proxy "http://proxy.example:3128";'
echo 'APT::Update::Post-Invoke:: "touch ${seen}/hook";'`
  )
  script(
    join(tools, "apt-get"),
    `echo "$@" >> ${seen}/calls
cp "$APT_CONFIG" ${seen}/apt.conf
cp -r "$(pwd)/../sources" ${seen}/
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
  return seen
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
  it("knows which versions are good", () => {
    for (const good of ["2.14.4", "2.15.0", "2.15.1", "2.20.0", "3.0.0", "2.12.14", "2.12.20"])
      assert.isTrue(isGood(good), good)
    for (const bad of ["2.14.3", "2.14.0", "2.13.9", "2.12.13", "2.9.10", "1.4.1"]) assert.isFalse(isGood(bad), bad)
  })

  it.live("takes NATS_SERVER first, and says nothing", () =>
    Effect.gen(function* () {
      const { folder, home, said, tools, world } = yield* emptyMachine
      const named = fakeServer(join(folder, "named"), "2.14.4")
      fakeServer(join(tools, "nats-server"), "2.15.0")
      fakeServer(home, "2.15.1")
      assert.strictEqual(yield* looked({ ...world, env: { ...world.env, NATS_SERVER: named } }), named)
      assert.deepStrictEqual(said, [])
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
  ])("says in one line that NATS_SERVER is $what, and takes no other in its place", ({ make, why }) =>
    Effect.gen(function* () {
      const { folder, home, said, tools, world } = yield* emptyMachine
      const named = make(join(folder, "named"))
      fakeServer(join(tools, "nats-server"), "2.15.0")
      fakeServer(home, "2.15.1")
      assert.isUndefined(yield* looked({ ...world, env: { ...world.env, NATS_SERVER: named } }))
      assert.lengthOf(said, 1)
      assert.match(said[0] ?? "", /^NATS_SERVER: /)
      assert.include(said[0], named)
      assert.include(said[0], why)
      assert.include(said[0], "leave it out")
    }).pipe(Effect.scoped)
  )

  it.live("passes by an old one on PATH for a good one further on", () =>
    Effect.gen(function* () {
      const { folder, tools, world } = yield* emptyMachine
      fakeServer(join(tools, "nats-server"), "2.10.0")
      const good = fakeServer(join(folder, "later", "nats-server"), "2.15.0")
      const env = { PATH: [tools, join(folder, "later")].join(delimiter) }
      assert.strictEqual(yield* looked({ ...world, env }), good)
    }).pipe(Effect.scoped)
  )

  it.live("takes the cached copy when PATH has none that is good", () =>
    Effect.gen(function* () {
      const { home, said, tools, world } = yield* emptyMachine
      fakeServer(join(tools, "nats-server"), "2.9.10")
      fakeServer(home, "2.12.14")
      assert.strictEqual(yield* looked(world), home)
      assert.deepStrictEqual(
        said.map((line) => line.split(":")[0]),
        ["NATS_SERVER", "PATH"]
      )
      assert.include(said[1], "found 2.9.10")
    }).pipe(Effect.scoped)
  )

  it.live("downloads the release into the cache, in place of an old copy, and next time finds it there", () =>
    Effect.gen(function* () {
      const { folder, home, said, world } = yield* emptyMachine
      fakeServer(home, "2.14.0")
      const { asked, world: served } = yield* release(folder, "2.15.1")
      assert.strictEqual(yield* looked({ ...world, ...served }), home)
      assert.deepStrictEqual(asked, [`/v2.15.0/${asset}`])
      assert.include(said[2], "found 2.14.0")
      assert.strictEqual(said[3], `downloading ${asset} ...`)
      assert.deepStrictEqual(readdirSync(world.cache), ["nats-server"])
      assert.strictEqual(yield* looked(world), home)
      assert.lengthOf(asked, 1)
    }).pipe(Effect.scoped)
  )

  it.live("survives another run that begins and ends meanwhile", () =>
    Effect.gen(function* () {
      const { folder, home, world } = yield* emptyMachine
      const quick = yield* release(folder, "2.15.1")
      const meanwhile: Array<string | undefined> = []
      const slow = yield* release(folder, "2.15.1", {}, async () => {
        meanwhile.push(await find({ ...world, ...quick.world }))
      })
      assert.strictEqual(yield* looked({ ...world, ...slow.world, silence: 10_000 }), home)
      assert.deepStrictEqual(meanwhile, [home])
      assert.deepStrictEqual(readdirSync(world.cache), ["nats-server"])
    }).pipe(Effect.scoped)
  )

  it.live.each([
    { what: "is not there", files: { [asset]: undefined as never }, why: "the answer is 404" },
    { what: "is never sent", files: { [asset]: "silence" }, why: "nothing heard for 0.3 s" },
    // What SHA256SUMS says is not asked: it comes from where the archive comes from.
    {
      what: "was replaced together with its SHA256SUMS",
      files: { SHA256SUMS: `${sha256("replaced")}  ${asset}\n`, [asset]: "replaced" },
      why: `has ${sha256("replaced")}, this script expects`
    }
  ])("does not use a release that $what", ({ files, why }) =>
    Effect.gen(function* () {
      const { folder, said, world } = yield* emptyMachine
      const { world: served } = yield* release(folder, "2.15.1", files)
      assert.isUndefined(yield* looked({ ...world, ...served }))
      const line = said.find((line) => line.startsWith("GitHub release: "))
      assert.include(line, why)
      assert.deepStrictEqual(readdirSync(world.cache), [])
    }).pipe(Effect.scoped)
  )

  it.live("downloads nothing for a machine whose archive has no checksum here", () =>
    Effect.gen(function* () {
      const { folder, said, world } = yield* emptyMachine
      const { asked, world: served } = yield* release(folder, "2.15.1")
      assert.isUndefined(yield* looked({ ...world, ...served, arch: "s390x" }))
      assert.include(said, "GitHub release: this script has no checksum for linux on s390x, so it downloads nothing")
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.scoped)
  )

  it.live("does not use a release whose binary is not what it should be", () =>
    Effect.gen(function* () {
      const { folder, said, world } = yield* emptyMachine
      const { world: served } = yield* release(folder, "2.1.0")
      assert.isUndefined(yield* looked({ ...world, ...served }))
      assert.include(
        said.find((line) => line.startsWith("GitHub release: ")),
        "too old: found 2.1.0"
      )
      assert.isFalse(existsSync(join(world.cache, "nats-server")))
    }).pipe(Effect.scoped)
  )

  it.live("unpacks Debian's package with lists, cache and sources of its own", () =>
    Effect.gen(function* () {
      const { folder, home, said, tools, world } = yield* emptyMachine
      sources(folder, "sources.list.d/debian.sources", debian)
      const seen = fakeApt(folder, tools, "2.15.1")
      assert.strictEqual(yield* looked(world), home)
      assert.include(said, "downloading nats-server from Debian forky ...")
      assert.strictEqual(readFileSync(join(seen, "calls"), "utf8"), "-q update\n-q download nats-server\n")
      const conf = readFileSync(join(seen, "apt.conf"), "utf8")
      for (const name of ["Dir::State::Lists", "Dir::Cache", "Dir::Etc::SourceParts"]) {
        assert.match(conf, new RegExp(`^${name} "${world.cache}/tmp-`, "m"))
      }
      assert.include(conf, `Acquire::http::Proxy "http://proxy.example:3128";`)
      assert.notInclude(conf, "Post-Invoke")
      assert.deepStrictEqual(readdirSync(join(seen, "sources")), ["debian-0.sources"])
      assert.strictEqual(
        readFileSync(join(seen, "sources", "debian-0.sources"), "utf8"),
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

  it.live("reads one-line sources too, and leaves security and third parties out", () =>
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
      const seen = fakeApt(folder, tools, "2.15.1")
      yield* looked(world)
      const used = readdirSync(join(seen, "sources"))
        .sort()
        .map((name) => readFileSync(join(seen, "sources", name), "utf8").trim())
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
  ])("says that apt $what", ({ broken, list, version, why }) =>
    Effect.gen(function* () {
      const { folder, said, tools, world } = yield* emptyMachine
      sources(folder, "sources.list.d/debian.sources", list)
      fakeApt(folder, tools, version)
      if (broken !== "") script(join(tools, "apt-get"), broken)
      assert.isUndefined(yield* looked(world))
      assert.include(
        said.find((line) => line.startsWith("Debian forky: ")),
        why
      )
    }).pipe(Effect.scoped)
  )

  it.live("says how to install one when every step has failed, each in one line", () =>
    Effect.gen(function* () {
      const { folder, said, world } = yield* emptyMachine
      sources(folder, "sources.list.d/debian.sources", debian)
      assert.isUndefined(yield* looked(world))
      const steps = ["NATS_SERVER", "PATH", "cached copy", "GitHub release", "Debian forky"]
      for (const step of steps)
        assert.lengthOf(
          said.filter((line) => line.startsWith(`${step}: `)),
          1,
          step
        )
      const instructions = said.at(-1) ?? ""
      for (const system of ["Debian", "macOS", "Nix", "Docker", "Windows"]) {
        assert.match(instructions, new RegExp(`^ +${system} +\\S`, "m"))
      }
      assert.include(instructions, "2.14.4 or newer, or 2.12.14 up to 2.12.x")
    }).pipe(Effect.scoped)
  )

  /** The script in a process of its own, as Ctrl-C finds it, until its search for a server has come to `stage`. */
  const interrupted = Effect.fnUntraced(function* (world: World, stage: Promise<unknown>) {
    const main = join(world.cache, "..", "main.mjs")
    const module = new URL("../../scripts/nats-server.mjs", import.meta.url).href
    const { say: _, ...rest } = world
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
      // A terminal tells the whole group, and the app that waits for the script tells it once more.
      child.kill("SIGTERM")
      const [code] = (await closed) as [number | null]
      return { code, text }
    })
  })

  it.live("removes what it has downloaded in part when it is interrupted, and says nothing more", () =>
    Effect.gen(function* () {
      const { folder, world } = yield* emptyMachine
      let asked = () => {}
      const stage = new Promise<void>((resolve) => (asked = resolve))
      const { world: served } = yield* release(folder, "2.15.1", { [asset]: "silence" }, async () => asked())
      const { code, text } = yield* interrupted({ ...world, ...served, silence: 60_000 }, stage)
      assert.strictEqual(code, 130)
      assert.notMatch(text, /GitHub release|No good nats-server/u)
      assert.deepStrictEqual(readdirSync(world.cache), [])
    }).pipe(Effect.scoped)
  )

  it.live("ends apt when it is interrupted, and removes what that has unpacked", () =>
    Effect.gen(function* () {
      const { folder, tools, world } = yield* emptyMachine
      sources(folder, "sources.list.d/debian.sources", debian)
      fakeApt(folder, tools, "2.15.1")
      const begun = join(folder, "begun")
      // It goes on writing until it is told to end, as the real one does.
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

  it("offers a Docker command that nobody but this machine reaches", () => {
    const text = readFileSync(new URL("../../scripts/nats-server.mjs", import.meta.url), "utf8")
    for (const [, published] of text.matchAll(/docker run .*?-p (\S+)/gu)) assert.match(published!, /^127\.0\.0\.1:/u)
    assert.match(text, /docker run/u)
  })

  it.live("prints on stdout the path and nothing else, or its usage", () =>
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
