import { connect, type NatsConnection } from "@nats-io/transport-node"
import { Data, Effect, Random, type Scope } from "effect"
import type { Board } from "#domain/model/index.ts"
import type { App } from "../apps.ts"
import type { History } from "../history.ts"
import type { Load } from "../load/Load.ts"
import type { Conditions } from "../proxy/Proxy.ts"
import type { Node, Servers } from "../servers.ts"

/** The running system that faults act on, and its load. */
export interface World {
  readonly servers: Servers
  readonly apps: ReadonlyArray<App>
  readonly load: Load
  readonly history: History
  readonly board: Board.Any
  /** The name of the log's JetStream stream. */
  readonly stream: string
}

/** The fault could not be injected, for example because another one is active. */
export class NotInjected extends Data.TaggedError("NotInjected")<{ readonly reason: string }> {}

/** A fault of servers, apps or the network between them. */
export interface Fault {
  /** Kebab-case; used in reports and on the command line. */
  readonly name: string
  readonly title: string
  /** The target. One fault of each target may be active at a time. */
  readonly target: "servers" | "app"
  /** The range of seconds between injection and healing. */
  readonly durationSeconds: readonly [min: number, max: number]
  /** Why it cannot be injected here; undefined if it can. */
  readonly unavailableReason?: (world: World) => string | undefined
  /** Injects the fault until the scope closes; returns a description for the report. */
  readonly inject: (world: World) => Effect.Effect<string, NotInjected, Scope.Scope>
}

export const requiresThreeNodes = ({ servers }: World): string | undefined =>
  servers.nodes.length < 3 ? "needs three nodes" : undefined

export const randomNode = ({ servers }: World): Effect.Effect<Node> =>
  Random.choice(servers.nodes as [Node, ...Array<Node>])

export const randomApp = ({ apps }: World): Effect.Effect<App> => Random.choice(apps as [App, ...Array<App>])

/** An operation that may fail because of other faults, with a timeout of 10 s. */
export const attempt = <A>(what: string, operation: () => Promise<A>): Effect.Effect<A, NotInjected> =>
  Effect.tryPromise({
    try: operation,
    catch: (error) => new NotInjected({ reason: `${what}: ${String(error)}` })
  }).pipe(
    Effect.timeoutOrElse({
      duration: "10 seconds",
      orElse: () => Effect.fail(new NotInjected({ reason: `${what}: no answer` }))
    })
  )

/** A direct connection to the servers, without the proxies. */
export const connectAdmin = ({
  servers
}: Pick<World, "servers">): Effect.Effect<NatsConnection, NotInjected, Scope.Scope> =>
  Effect.acquireRelease(
    attempt("connection", () =>
      connect({
        servers: servers.nodes.filter(({ process }) => process.isRunning).map(({ port }) => `127.0.0.1:${port}`),
        timeout: 3_000,
        reconnect: false
      })
    ),
    (connection) => Effect.promise(() => connection.close().catch(() => {}))
  )

/** Applies a fault at once, and heals it when the scope closes. */
export const applyUntilHealed = (
  apply: () => void | Promise<void>,
  heal: () => void | Promise<void>
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => apply()),
    () => Effect.promise(async () => heal())
  )

/** A fault that filters each frame between an app and its servers; each injection has a filter of its own. */
export const frameFault =
  (makeFilter: () => NonNullable<Conditions["frame"]>): Fault["inject"] =>
  (world) =>
    Effect.flatMap(randomApp(world), ({ name, links }) => {
      const set = (frame: Conditions["frame"]) => () => links.forEach(({ conditions }) => (conditions.frame = frame))
      return Effect.as(applyUntilHealed(set(makeFilter()), set(undefined)), name)
    })
