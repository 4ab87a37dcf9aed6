import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"

const suite = "forky"
const debianSuites = /^(buster|bullseye|bookworm|trixie|forky|duke|sid|stable|oldstable|oldoldstable|testing|unstable)$/
const inheritedSettings =
  /^(Acquire::(?!IndexTargets|Languages|Retries|PDiffs|https?::Timeout)|APT::(Sandbox|Architecture))/

/**
 * Unpacks Debian's nats-server below the empty folder `work` and resolves with the path of the binary. apt runs with its own
 * lists, cache and configuration in `work`; mirrors, keyrings and proxy are the machine's. Rejects with one sentence if the
 * machine has no apt or no Debian archive among its sources, or if apt fails.
 */
export const unpackFromApt = async (work, world, run) => {
  const sources = await debianSources(world.aptDirectory)
  if (sources.length === 0) throw new Error("no Debian archive among apt's sources")
  for (const folder of ["lists/partial", "cache/archives/partial", "sources", "none", "deb"]) {
    await mkdir(join(work, folder), { recursive: true })
  }
  for (const [index, { text, kind }] of sources.entries()) {
    await writeFile(join(work, "sources", `debian-${index}.${kind}`), text)
  }
  const aptConfig = await run("apt-config", ["dump"], { env: world.env, signal: world.signal }).catch(() => "")
  const config = join(work, "apt.conf")
  // The machine's own hooks (Post-Invoke and the like) must not run, so its configuration files are not read.
  await writeFile(
    config,
    [
      ...aptConfig.split("\n").filter((line) => inheritedSettings.test(line)),
      `Dir::Etc::Main "/dev/null";`,
      `Dir::Etc::Parts ${JSON.stringify(join(work, "none"))};`,
      `Dir::Etc::SourceList "/dev/null";`,
      `Dir::Etc::SourceParts ${JSON.stringify(join(work, "sources"))};`,
      `Dir::State::Lists ${JSON.stringify(join(work, "lists"))};`,
      `Dir::Cache ${JSON.stringify(join(work, "cache"))};`,
      `Acquire::Languages "none";`,
      `Acquire::PDiffs "false";`,
      `Acquire::Retries "1";`,
      `Acquire::http::Timeout "${world.idleTimeoutMillis / 1000}";`,
      `Acquire::https::Timeout "${world.idleTimeoutMillis / 1000}";`,
      ""
    ].join("\n")
  )
  const env = { ...world.env, APT_CONFIG: config, LC_ALL: "C" }
  const options = { cwd: join(work, "deb"), env, signal: world.signal, timeout: 180_000 }
  world.log(`downloading nats-server from Debian ${suite} ...`)
  await run("apt-get", ["-q", "update"], options)
  await run("apt-get", ["-q", "download", "nats-server"], options)
  const deb = (await readdir(options.cwd)).find((name) => name.endsWith(".deb"))
  if (deb === undefined) throw new Error("apt-get download left no package")
  await run("dpkg-deb", ["-x", deb, "."], options)
  return join(options.cwd, "usr", "sbin", "nats-server")
}

/** The machine's sources of the Debian archive itself, rewritten to the suite, in apt's two formats. */
export const debianSources = async (aptDirectory) => {
  const parts = join(aptDirectory, "sources.list.d")
  const names = (await readdir(parts).catch(() => [])).sort()
  const files = [join(aptDirectory, "sources.list"), ...names.map((name) => join(parts, name))]
  const found = []
  for (const file of files) {
    const text = await readFile(file, "utf8").catch(() => "")
    if (file.endsWith(".sources")) found.push(...stanzas(text).map((text) => ({ text, kind: "sources" })))
    if (file.endsWith(".list")) found.push(...lines(text).map((text) => ({ text, kind: "list" })))
  }
  return found.filter((one, index) => found.findIndex((other) => other.text === one.text) === index)
}

const isArchive = ({ uris, suites, components, signedBy }) =>
  suites.some((suite) => debianSuites.test(suite)) &&
  components.includes("main") &&
  (signedBy ? /debian-archive|PGP PUBLIC KEY/.test(signedBy) : uris.every((uri) => /\/debian(\.list)?\/?$/.test(uri)))

const stanzas = (text) =>
  text
    .split(/\n\s*\n/)
    .map((stanza) => stanza.split("\n").filter((line) => line !== "" && !line.startsWith("#")))
    .map((rows) => rows.join("\n").split(/\n(?=\S)/))
    .filter((fields) => {
      const value = (name) => {
        const field = fields.find((field) => field.toLowerCase().startsWith(`${name}:`))
        return field?.slice(name.length + 1).trim() ?? ""
      }
      const words = (name) => value(name).split(/\s+/)
      return (
        words("types").includes("deb") &&
        value("enabled").toLowerCase() !== "no" &&
        isArchive({
          uris: words("uris"),
          suites: words("suites"),
          components: words("components"),
          signedBy: value("signed-by")
        })
      )
    })
    .map((fields) => fields.filter((field) => !/^(types|suites|components):/i.test(field)))
    .map((kept) => `${["Types: deb", `Suites: ${suite}`, "Components: main", ...kept].join("\n")}\n`)

const lines = (text) =>
  text.split("\n").flatMap((line) => {
    const match = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line.trim())
    if (match === null) return []
    const [, options = "", uri, from, components] = match
    const signedBy = /signed-by=(\S+)/.exec(options)?.[1] ?? ""
    if (!isArchive({ uris: [uri], suites: [from], components: components.trim().split(/\s+/), signedBy })) return []
    return [`deb ${options === "" ? "" : `[${options}] `}${uri} ${suite} main\n`]
  })
