import { mkdirSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Context, Data, Deferred, Effect, Exit, Layer, Schedule, Scope } from "effect"
import { lastLines, awaitReady } from "#nats-server/process/serverLog.ts"
import { type ServerProcess, spawnServer } from "#nats-server/process/serverProcess.ts"
import { serverBinary, temporaryFolder } from "./testServer.ts"

const config = fileURLToPath(new URL("../../deploy/nats/node.conf", import.meta.url))
const host = "127.0.0.1"

/** A node could not be started. `log` holds the last lines of its log. */
export class NodeFailed extends Data.TaggedError("NodeFailed")<{
  readonly node: string
  readonly reason: string
  readonly log: ReadonlyArray<string>
}> {
  override get message() {
    return [`${this.node} did not start: ${this.reason}`, ...this.log].join("\n")
  }
}

export interface Ports {
  readonly client: number
  readonly monitoring: number
  readonly routes: number
}

export interface Node {
  readonly name: string
  readonly url: string
  readonly ports: Ports
  /** The folder of its store and of its log, `nats-server.log`. */
  readonly folder: string
  /** The pid of its process; undefined while it is down. */
  readonly pid: () => number | undefined
  /** Sends a signal and does not wait: `SIGSTOP` and `SIGCONT` freeze and thaw it, `SIGUSR2` makes it a lame duck. */
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** Ends it by a signal, by default SIGKILL, and waits until it has ended. Does nothing if it is down. */
  readonly kill: (signal?: NodeJS.Signals) => Effect.Effect<void>
  /** Starts it again on the same ports and store, and waits until it accepts connections. Does nothing if it is up. */
  readonly start: Effect.Effect<void, NodeFailed>
  /** Waits, without a timeout, until it is up and current with all of its streams. */
  readonly healthy: Effect.Effect<void>
}

export interface Cluster {
  readonly nodes: readonly [Node, Node, Node]
  /** All of them, comma-separated, as NATS_URL takes it. */
  readonly urls: string
  /** Waits, without a timeout, until every node is up and current with all of its streams. */
  readonly healthy: Effect.Effect<void>
}

const isFree = (port: number): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const probe = createServer()
    probe.once("error", () => resume(Effect.succeed(false)))
    probe.listen(port, host, () => probe.close(() => resume(Effect.succeed(true))))
  })

/**
 * Ports that stay free for a node while it is down: below the system's ephemeral ports, since a client that keeps
 * reconnecting could otherwise get the node's own port for its outgoing connection.
 */
const freePorts = Effect.fnUntraced(function* (count: number) {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    if (yield* isFree(port)) ports.add(port)
  }
  return [...ports]
})

const address = (port: number) => `${host}:${port}`

/** The values of the variables in the configuration files. */
const environmentOf = (name: string, folder: string, ports: Ports, others: ReadonlyArray<Ports>) => ({
  NATS_NODE: name,
  NATS_LISTEN: address(ports.client),
  NATS_MONITORING: address(ports.monitoring),
  NATS_STORE: folder,
  NATS_ROUTES_LISTEN: address(ports.routes),
  NATS_ROUTES: `[${others.map(({ routes }) => `"nats://${address(routes)}"`).join(", ")}]`
})

const waitUntilHealthy = ({ monitoring }: Ports) =>
  Effect.tryPromise(async (signal) => {
    const { ok } = await fetch(`http://${address(monitoring)}/healthz`, { signal })
    if (!ok) throw new Error("not yet")
  }).pipe(Effect.timeout("2 seconds"), Effect.retry(Schedule.spaced("50 millis")), Effect.orDie)

const nodeOf = Effect.fnUntraced(function* (
  binary: string,
  name: string,
  folder: string,
  ports: Ports,
  environment: Readonly<Record<string, string>>
) {
  const scope = yield* Effect.scope
  let running: { readonly run: ServerProcess; readonly scope: Scope.Closeable } | undefined

  const start = Effect.gen(function* () {
    if (running) return
    const own = yield* Scope.fork(scope)
    const run = yield* Scope.provide(spawnServer(binary, folder, config, environment), own)
    running = { run, scope: own }
    const failed = Effect.flatMap(Deferred.await(run.ended), (reason) =>
      Effect.fail(new NodeFailed({ node: name, reason, log: lastLines(run.log) }))
    )
    yield* Effect.raceFirst(awaitReady(run.log), failed).pipe(Effect.tapError(() => kill()))
  })

  const kill = (signal: NodeJS.Signals = "SIGKILL") =>
    Effect.gen(function* () {
      if (!running) return
      const { run, scope } = running
      run.child.kill(signal)
      yield* Deferred.await(run.ended)
      running = undefined
      yield* Scope.close(scope, Exit.void)
    })

  const node: Node = {
    name,
    url: `nats://${address(ports.client)}`,
    ports,
    folder,
    pid: () => running?.run.child.pid,
    signal: (signal) => Effect.sync(() => void running?.run.child.kill(signal)),
    kill,
    start,
    healthy: waitUntilHealthy(ports)
  }
  return node
})

export interface Options {
  /** Other values for the variables of `deploy/nats`, by node: routes through a proxy, for one. */
  readonly environment?: (node: number, ports: ReadonlyArray<Ports>) => Readonly<Record<string, string>>
}

/** Three nodes on loopback with the deployed configuration, on free ports with empty stores, removed with the scope. */
export const testCluster = Effect.fnUntraced(function* ({ environment = () => ({}) }: Options = {}) {
  const binary = yield* serverBinary
  const folder = yield* temporaryFolder
  const attempt = Effect.gen(function* () {
    const free = yield* freePorts(9)
    const ports = [0, 3, 6].map((n) => ({ client: free[n]!, monitoring: free[n + 1]!, routes: free[n + 2]! }))
    const nodes = yield* Effect.forEach(ports, (own, n) => {
      const name = `nats-${n + 1}`
      const store = join(folder, name)
      mkdirSync(store, { recursive: true })
      const others = ports.filter((other) => other !== own)
      const variables = { ...environmentOf(name, store, own, others), ...environment(n, ports) }
      return nodeOf(binary, name, store, own, variables)
    })
    yield* Effect.forEach(nodes, ({ start }) => start, { concurrency: 3, discard: true })
    return nodes as unknown as readonly [Node, Node, Node]
  })
  const isPortTaken = ({ log }: NodeFailed) => log.some((line) => line.includes("address already in use"))
  const nodes = yield* attempt.pipe(Effect.retry({ times: 3, while: isPortTaken }))
  const allHealthy = Effect.forEach(nodes, ({ healthy }) => healthy, { concurrency: 3, discard: true })
  yield* allHealthy
  const cluster: Cluster = { nodes, urls: nodes.map(({ url }) => url).join(), healthy: allHealthy }
  return cluster
})

/** One more node of a cluster until the scope closes, without a store: it forwards requests to the other nodes. */
export const withoutStore = Effect.fnUntraced(function* ({ nodes }: Cluster) {
  const folder = yield* temporaryFolder
  const file = join(folder, "nats.conf")
  const routes = nodes.map(({ ports }) => `nats://${address(ports.routes)}`)
  const lines = [
    `server_name: no-store`,
    `listen: "${host}:-1"`,
    `cluster { name: event-model, listen: "${host}:-1", routes: ${JSON.stringify(routes)} }`
  ]
  writeFileSync(file, lines.join("\n"))
  const { log } = yield* spawnServer(yield* serverBinary, folder, file)
  const { port } = yield* awaitReady(log)
  return { name: "no-store", url: `nats://${address(port)}` }
})

/** `testCluster` as a service, for tests that share one. */
export class TestCluster extends Context.Service<TestCluster, Cluster>()("test/TestCluster") {
  static readonly layer = Layer.effect(TestCluster, testCluster())
}
