import { spawn } from "node:child_process"
import { mkdirSync, openSync, statfsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { Effect } from "effect"
import { ports } from "./ports.ts"
import { Process } from "./Process.ts"
import { Proxy } from "./proxy/Proxy.ts"
import { mountSmallDisk } from "./smallDisk.ts"

export interface Node {
  readonly name: string
  readonly port: number
  readonly monitorPort: number
  readonly store: string
  readonly process: Process
  /** Whether its disk is one of its own that can be filled. */
  readonly smallDisk: boolean
}

/** A proxied route between two nodes, from the connecting node to the other. */
export interface Route {
  readonly from: string
  readonly to: string
  readonly proxy: Proxy
}

export interface Servers {
  readonly nodes: ReadonlyArray<Node>
  readonly routes: ReadonlyArray<Route>
}

interface NodeConfig {
  readonly name: string
  readonly port: number
  readonly monitorPort: number
  readonly clusterPort: number
  readonly folder: string
}

/**
 * The configuration of one node. Nodes connect over proxies and do not advertise their addresses, so that a cut route stays
 * cut.
 */
const configOf = (
  { name, port, monitorPort, clusterPort, folder }: NodeConfig,
  sync: string,
  routes: ReadonlyArray<number>
) =>
  [
    `server_name: ${name}`,
    `listen: "127.0.0.1:${port}"`,
    `http: "127.0.0.1:${monitorPort}"`,
    `pid_file: ${JSON.stringify(join(folder, "pid"))}`,
    `lame_duck_grace_period: "500ms"`,
    `lame_duck_duration: "30s"`,
    `jetstream { store_dir: ${JSON.stringify(join(folder, "store"))}, sync_interval: ${sync}, max_file: 64G }`,
    routes.length === 0
      ? ""
      : `cluster { name: chaos, listen: "127.0.0.1:${clusterPort}", no_advertise: true, ` +
        `routes: [${routes.map((route) => `"nats://127.0.0.1:${route}"`).join(", ")}] }`,
    ""
  ].join("\n")

const isUp = async ({ monitorPort }: Node, path: string): Promise<boolean> => {
  try {
    const response = await fetch(`http://127.0.0.1:${monitorPort}${path}`, { signal: AbortSignal.timeout(2_000) })
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}

/** Waits until the node reports that it is healthy; false after the timeout. */
export const waitUntilHealthy = async (node: Node, millis: number, path = "/healthz"): Promise<boolean> => {
  const deadline = performance.now() + millis
  while (!(await isUp(node, path))) {
    if (performance.now() > deadline || !node.process.isRunning) return false
    await setTimeout(100)
  }
  return true
}

/** The free bytes of the disk of a node's store. */
export const freeBytes = ({ store }: Node): number => {
  const { bavail, bsize } = statfsSync(store)
  return bavail * bsize
}

export interface Options {
  readonly nodes: 1 | 3
  readonly binary: string
  readonly folder: string
  /** The `sync_interval` of nats-server. */
  readonly sync: string
  /** The size in megabytes of a separate disk for the last node; 0 for none. */
  readonly diskMegabytes: number
}

/** One nats-server, or a cluster of three, running until the scope closes. */
export const startServers = Effect.fnUntraced(function* (options: Options) {
  const count = options.nodes
  const routeCount = count === 1 ? 0 : count * (count - 1)
  const freePorts = yield* Effect.promise(() => ports(count * 3 + routeCount))
  const nodeConfigs = Array.from({ length: count }, (_, n): NodeConfig => ({
    name: `n${n + 1}`,
    port: freePorts[n * 3]!,
    monitorPort: freePorts[n * 3 + 1]!,
    clusterPort: freePorts[n * 3 + 2]!,
    folder: join(options.folder, `n${n + 1}`)
  }))
  const pairs = nodeConfigs.flatMap((from) => nodeConfigs.filter((to) => to !== from).map((to) => ({ from, to })))
  const routes: ReadonlyArray<Route> = (count === 1 ? [] : pairs).map(({ from, to }, n) => ({
    from: from.name,
    to: to.name,
    proxy: new Proxy(freePorts[count * 3 + n]!, to.clusterPort, "bytes")
  }))
  yield* Effect.forEach(routes, ({ proxy }) =>
    Effect.acquireRelease(
      Effect.promise(() => proxy.open()),
      () => Effect.sync(() => proxy.close())
    )
  )
  const nodes = yield* Effect.forEach(nodeConfigs, (nodeConfig, n) => {
    const routePorts = routes.filter(({ from }) => from === nodeConfig.name).map(({ proxy }) => proxy.port)
    return startNode(nodeConfig, options, routePorts, n === count - 1)
  })
  for (const { process } of nodes) process.start()
  yield* Effect.promise(() => Promise.all(nodes.map((each) => waitUntilHealthy(each, 60_000))))
  return { nodes, routes } as Servers
})

const startNode = (
  nodeConfig: NodeConfig,
  { binary, diskMegabytes, sync }: Options,
  routePorts: ReadonlyArray<number>,
  onSmallDisk: boolean
) =>
  Effect.gen(function* () {
    const { folder, name, port, monitorPort } = nodeConfig
    const store = join(folder, "store")
    const configFile = join(folder, "nats.conf")
    mkdirSync(store, { recursive: true })
    writeFileSync(configFile, configOf(nodeConfig, sync, routePorts))
    const smallDisk = onSmallDisk && diskMegabytes > 0 && (yield* mountSmallDisk(store, diskMegabytes))
    const process = new Process(() => {
      const log = openSync(join(folder, "log"), "a")
      return spawn(binary, ["-c", configFile], { stdio: ["ignore", log, log] })
    })
    yield* Effect.addFinalizer(() => Effect.promise(() => process.end("SIGKILL")))
    return { name, port, monitorPort, store, smallDisk, process } as Node
  })
