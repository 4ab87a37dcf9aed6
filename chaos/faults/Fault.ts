import { connect, type NatsConnection } from "@nats-io/transport-node"
import { Data, Effect, Random, type Scope } from "effect"
import type { App } from "../apps.ts"
import type { History } from "../history.ts"
import type { Load } from "../load/Load.ts"
import type { Conditions } from "../proxy/Proxy.ts"
import type { Node, Servers } from "../servers.ts"

/** All that can be broken, and what it is broken under. */
export interface World {
  readonly servers: Servers
  readonly apps: ReadonlyArray<App>
  readonly load: Load
  readonly history: History
  /** The log's stream. */
  readonly stream: string
}

/** The fault could not be made, because something else was broken already. It counts as not injected. */
export class NotInjected extends Data.TaggedError("NotInjected")<{ readonly reason: string }> {}

/** Something that goes wrong in a hotel, sooner or later. */
export interface Fault {
  /** Kebab-case, as in reports and on the command line. */
  readonly name: string
  readonly title: string
  /** Whom it hits. One of each kind may be going on at once. */
  readonly target: "servers" | "app"
  /** Seconds between injection and healing: the least and the most. */
  readonly durationSeconds: readonly [least: number, most: number]
  /** Why it cannot be made here; nothing where it can. */
  readonly unavailableReason?: (world: World) => string | undefined
  /** Breaks something until the scope closes; says what. */
  readonly inject: (world: World) => Effect.Effect<string, NotInjected, Scope.Scope>
}

export const requiresThreeNodes = ({ servers }: World): string | undefined =>
  servers.nodes.length < 3 ? "needs three nodes" : undefined

export const randomNode = ({ servers }: World): Effect.Effect<Node> =>
  Random.choice(servers.nodes as [Node, ...Array<Node>])

export const randomApp = ({ apps }: World): Effect.Effect<App> => Random.choice(apps as [App, ...Array<App>])

/** Does something that may not be possible just now, for ten seconds at the most. */
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

/** A connection to the servers themselves, past all that is broken between them and the apps. */
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

/** Breaks something at once, and mends it when the scope closes. */
export const applyUntilHealed = (
  apply: () => void | Promise<void>,
  heal: () => void | Promise<void>
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => apply()),
    () => Effect.promise(async () => heal())
  )

/** Looks at each frame between an app and its servers; what to do with it is made anew for each injection. */
export const frameFault =
  (makeFilter: () => NonNullable<Conditions["frame"]>): Fault["inject"] =>
  (world) =>
    Effect.flatMap(randomApp(world), ({ name, links }) => {
      const set = (frame: Conditions["frame"]) => () => links.forEach(({ conditions }) => (conditions.frame = frame))
      return Effect.as(applyUntilHealed(set(makeFilter()), set(undefined)), name)
    })
