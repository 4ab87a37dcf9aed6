import { fork } from "node:child_process"
import { openSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import type { History } from "./history.ts"
import { ports } from "./ports.ts"
import type { Order } from "./preload.ts"
import { Process } from "./Process.ts"
import { Proxy } from "./proxy/Proxy.ts"
import type { Servers } from "./servers.ts"

const root = fileURLToPath(new URL("..", import.meta.url))

export interface App {
  readonly name: string
  readonly url: string
  readonly process: Process
  /** Its proxies, one to each node. */
  readonly links: ReadonlyArray<Proxy>
  /** Ended on purpose: it is not restarted while this is true. */
  isStopped: boolean
  /** The number of exits that no fault caused. */
  unexpectedExits: number
  /** Starts another process with the same settings on a port of its own: it gets no commands, but shares the consumers. */
  readonly spawnPeer: () => Process
  readonly sendOrder: (sendOrder: Order) => void
  readonly isReady: () => Promise<boolean>
}

const isReady = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) })
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}

const isLive = async ({ url }: App): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(5_000) })
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false
  }
}

/** Restarts the app when it ends, as a service manager does, and records its downtime. */
const restartOnExit = (app: App, history: History) =>
  Effect.promise(async (signal) => {
    while (!signal.aborted) {
      const downSince = history.now()
      while (!signal.aborted) {
        while (app.isStopped && !signal.aborted) await setTimeout(50)
        if (signal.aborted) return
        app.process.start()
        while (app.process.isRunning && !(await isLive(app))) await setTimeout(50)
        if (app.process.isRunning) break
        await setTimeout(500)
      }
      history.write({ type: "app", app: app.name, what: "down", t: downSince, until: history.now() })
      await app.process.ended
      if (!app.isStopped && !signal.aborted) app.unexpectedExits++
    }
  })

interface Options {
  readonly folder: string
  readonly servers: Servers
  readonly history: History
  readonly names: ReadonlyArray<string>
  /** Its name in `src/boards.ts`. */
  readonly board: string
}

/** Real processes of the app, each with proxies of its own to each node. They are restarted when they end, until the scope closes. */
export const startApps = Effect.fnUntraced(function* ({ board, folder, servers, history, names }: Options) {
  const { nodes } = servers
  const freePorts = yield* Effect.promise(() => ports(names.length * (nodes.length + 1)))
  return yield* Effect.forEach(names, (name, n) => {
    const [port, ...proxyPorts] = freePorts.slice(n * (nodes.length + 1), (n + 1) * (nodes.length + 1))
    return startApp(name, port!, proxyPorts)
  })

  function startApp(name: string, port: number, proxyPorts: ReadonlyArray<number>) {
    return Effect.gen(function* () {
      const links = yield* Effect.forEach(nodes, (node, n) => {
        const proxy = new Proxy(proxyPorts[n]!, node.port, "frames")
        return Effect.acquireRelease(
          Effect.as(
            Effect.promise(() => proxy.open()),
            proxy
          ),
          () => Effect.sync(() => proxy.close())
        )
      })
      const env = {
        ...process.env,
        BOARD: board,
        PORT: String(port),
        NATS_URL: proxyPorts.map((proxyPort) => `nats://127.0.0.1:${proxyPort}`).join(","),
        NATS_REPLICAS: String(nodes.length),
        // All commands come from one address.
        REJECTIONS_PER_MINUTE: "1000000",
        LOG_LEVEL: "debug"
      }
      const log = openSync(join(folder, `app-${name}.log`), "a")
      const app: App = {
        name,
        url: `http://127.0.0.1:${port}`,
        links,
        isStopped: false,
        unexpectedExits: 0,
        spawnPeer: () =>
          new Process(() =>
            fork("src/main.ts", { cwd: root, env: { ...env, PORT: "0" }, stdio: ["ignore", log, log, "ipc"] })
          ),
        process: new Process(() =>
          fork("src/main.ts", {
            cwd: root,
            env,
            execArgv: ["--import", "./chaos/preload.ts"],
            stdio: ["ignore", log, log, "ipc"]
          })
        ),
        sendOrder: (order) => {
          const { child } = app.process
          if (child?.connected) child.send(order, () => {})
        },
        isReady: () => isReady(app.url)
      }
      yield* Effect.addFinalizer(() => Effect.promise(() => app.process.end("SIGTERM")))
      yield* Effect.forkScoped(restartOnExit(app, history))
      return app
    })
  }
})
