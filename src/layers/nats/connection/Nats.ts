import { connect, type NatsConnection, type Status as Event } from "@nats-io/transport-node"
import { Clock, Context, Deferred, Duration, Effect, Layer, Random, Stream, SubscriptionRef } from "effect"
import { Connection, ConnectionLost, type Status } from "#layers/services/Connection.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { NatsUnreachable, remedies, unreachable } from "./connectErrors.ts"
import { credentialsAt } from "./credentialsFile.ts"
import { liveness } from "./liveness.ts"
import { authOf, parseServers, type ServerAddress } from "./serverAddress.ts"
import { unsuitable } from "./serverRequirements.ts"
import { tlsOf } from "./tls.ts"

export { NatsUnreachable } from "./connectErrors.ts"

/** The connection to NATS. It reconnects for ever; what is in flight when the link drops is failed by its sender. */
export class Nats extends Context.Service<Nats, NatsConnection>()("layers/nats/Nats") {}

/** What the server shows of a connection. */
const defaultName = "event-model"

/** How long what is still to be sent may take at the end. */
const farewell = "1 second"

/**
 * A fresh object each time: the client changes what it is given. A silent link is dropped by `liveness`; the client's own
 * check, which knows of nothing but answers to its pings, is left for links that `liveness` cannot drop.
 */
const options = (address: ServerAddress, name: string) => ({
  servers: address.servers.split(","),
  ...authOf(address.credentials),
  ...tlsOf(address),
  name,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  reconnectJitter: 250,
  pingInterval: 20_000,
  maxPingOut: 3,
  ignoreAuthErrorAbort: true,
  timeout: 5_000
})

const dialled = (address: ServerAddress, name: string) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => connect(options(address, name)),
      catch: (error) => unreachable(address, error)
    }),
    // What was acknowledged to consumers last is still on its way.
    (connection) =>
      Effect.tryPromise(() => connection.drain()).pipe(
        Effect.timeout(farewell),
        Effect.catch(() => Effect.promise(() => connection.close()))
      )
  )

/**
 * A server that an app runs for itself lets clients without credentials only look, and tells where they are: who may
 * read that file is the same user.
 */
const upgraded = Effect.fnUntraced(function* (address: ServerAddress, name: string, connection: NatsConnection) {
  if (address.credentials || !connection.info?.auth_required) return connection
  const found = yield* Effect.promise(() => credentialsAt(connection))
  if (found === undefined) return connection
  if (found === "unreadable") {
    const reason = "it is an app's own, where who has no credentials may only look"
    return yield* new NatsUnreachable({ servers: address.servers, reason, remedy: remedies.credentials })
  }
  return yield* dialled({ ...address, credentials: found }, name)
})

/** A connection until the scope closes, to a server that will do. */
export const connected = Effect.fnUntraced(function* (address: ServerAddress, name = defaultName) {
  const connection = yield* upgraded(address, name, yield* dialled(address, name))
  yield* liveness(connection)
  const why = unsuitable(connection.info)
  if (why) return yield* new NatsUnreachable({ servers: address.servers, ...why })
  return connection
})

/** What an event of the client makes of the status. */
const next = (before: Status, event: Event["type"], now: number, server: string): Status => {
  switch (event) {
    // Each address that is tried in vain says so, too.
    case "disconnect":
      return before.state === "down" ? before : { state: "down", since: now }
    case "reconnect":
      return { state: "up", since: now, server }
    case "ldm":
      return { state: "lame duck", since: now, server }
    case "close":
      return { state: "closed", since: now }
    default:
      return before
  }
}

/** @param millis how long it was as before; `since` is by a clock that may have been set meanwhile */
const tell = (before: Status, status: Status, millis: number) => {
  switch (status.state) {
    case "up":
      return Effect.logInfo(
        `NATS is up again at ${status.server}` +
          (before.state === "down" ? `, after ${(millis / 1000).toFixed(1)} s` : "")
      )
    case "lame duck":
      return Effect.logWarning(`The nats-server at ${status.server} is about to leave; looking for another`)
    case "down":
      return Effect.logWarning("The connection to NATS is down; trying again until it is back")
    default:
      return Effect.void
  }
}

/** How long clients of a server that leaves wait at the most before they look for another, so that not all come at once. */
const mostWait = 1_000

const watched = Effect.fnUntraced(function* (nats: NatsConnection, quiet: boolean) {
  const server = () => nats.getServer()
  const status = yield* SubscriptionRef.make<Status>({
    state: "up",
    since: yield* Clock.currentTimeMillis,
    server: server()
  })
  let changed = yield* monotonicMillis
  const lost = yield* Deferred.make<never, ConnectionLost>()
  const leave = Effect.gen(function* () {
    yield* Effect.sleep(Duration.millis(yield* Random.nextIntBetween(0, mostWait)))
    if ((yield* SubscriptionRef.get(status)).state === "lame duck") yield* Effect.tryPromise(() => nats.reconnect())
  })
  const follow = Stream.fromAsyncIterable(nats.status(), (error) => error).pipe(
    Stream.runForEach(({ type }) =>
      Effect.gen(function* () {
        const before = yield* SubscriptionRef.get(status)
        const after = next(before, type, yield* Clock.currentTimeMillis, server())
        if (after === before) return
        yield* SubscriptionRef.set(status, after)
        const now = yield* monotonicMillis
        if (!quiet) yield* tell(before, after, now - changed)
        changed = now
        if (after.state === "lame duck") yield* Effect.forkScoped(Effect.ignore(leave))
      })
    ),
    Effect.ignore
  )
  yield* Effect.forkScoped(follow)
  void nats.closed().then((error) => {
    Deferred.doneUnsafe(lost, Effect.fail(new ConnectionLost({ reason: error ? reasonOf(error) : "it was closed" })))
  })
  return {
    status: SubscriptionRef.get(status),
    changes: SubscriptionRef.changes(status),
    lost: Deferred.await(lost)
  }
})

export interface Options {
  /** What the server shows of this connection. */
  readonly name?: string
  /** Says nothing of its ups and downs: another connection of this process does. */
  readonly quiet?: boolean
}

/**
 * Connects to a server or a cluster and stays connected until the scope closes. Addresses may contain credentials
 * (`nats://user:password@127.0.0.1:4222`), several are comma-separated. Fails `NatsUnreachable`.
 */
export const layer = (to: string | ServerAddress, { name = defaultName, quiet = false }: Options = {}) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const { servers, ...more }: ServerAddress = typeof to === "string" ? { servers: to } : to
      const connection = yield* connected({ ...parseServers(servers), ...more }, name)
      return Context.make(Nats, connection).pipe(Context.add(Connection, yield* watched(connection, quiet)))
    })
  )
