import { connect, type NatsConnection, type Status as Event } from "@nats-io/transport-node"
import { Clock, Context, Deferred, Duration, Effect, Layer, Random, Stream, SubscriptionRef } from "effect"
import { Connection, ConnectionLost, type ConnectionStatus } from "#layers/services/Connection.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { NatsUnreachable, remedies, toNatsUnreachable } from "./connectErrors.ts"
import { fetchCredentials } from "./credentialsFile.ts"
import { setInboxPrefix } from "./inboxes.ts"
import { defaultMaxSilence, monitorLiveness } from "./liveness.ts"
import { toAuthOptions, parseServers, type ServerAddress } from "./serverAddress.ts"
import { tlsOf } from "./tls.ts"
import { unsuitableReason } from "./unsuitableReason.ts"

export { NatsUnreachable } from "./connectErrors.ts"

/**
 * The connection to NATS. It reconnects forever; requests in flight when the link drops are failed by their senders.
 */
export class Nats extends Context.Service<Nats, NatsConnection>()("layers/nats/Nats") {}

/** The default connection name, as the server shows it. */
const defaultName = "event-model"

/** Maximum time to flush unsent messages on shutdown. */
const drainTimeout = "1 second"

/**
 * A new object per connection, since the client mutates it. `monitorLiveness` drops a silent link; the client's own
 * check, which considers only pongs, remains for links that `monitorLiveness` cannot drop.
 */
const clientOptions = (address: ServerAddress, name: string) => ({
  servers: address.servers.split(","),
  ...toAuthOptions(address.credentials),
  ...tlsOf(address),
  ...(address.inboxPrefix !== undefined && { inboxPrefix: address.inboxPrefix }),
  name,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  reconnectJitter: 250,
  pingInterval: 20_000,
  maxPingOut: 3,
  ignoreAuthErrorAbort: true,
  timeout: 5_000
})

const dial = (address: ServerAddress, name: string) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => connect(clientOptions(address, name)),
      catch: (error) => toNatsUnreachable(address, error)
    }),
    // The last acknowledgements of consumers may still be unsent.
    (connection) =>
      Effect.tryPromise(() => connection.drain()).pipe(
        Effect.timeout(drainTimeout),
        Effect.catch(() => Effect.promise(() => connection.close()))
      )
  )

/**
 * The server that an app starts for itself gives clients without credentials read access only, and names the file that
 * holds its credentials: a process that may read that file runs as the same user.
 */
const withAppCredentials = Effect.fnUntraced(function* (
  address: ServerAddress,
  name: string,
  connection: NatsConnection
) {
  if (address.credentials || !connection.info?.auth_required) return connection
  const credentials = yield* Effect.promise(() => fetchCredentials(connection))
  if (credentials === undefined) return connection
  if (credentials === "unreadable") {
    const reason = "an app started it, and without its credentials a client has read access only"
    return yield* new NatsUnreachable({ servers: address.servers, reason, remedy: remedies.credentials })
  }
  return yield* dial({ ...address, credentials }, name)
})

/** A connection to a suitable server, until the scope closes. Fails with `NatsUnreachable`. */
export const openConnection = Effect.fnUntraced(function* (
  address: ServerAddress,
  { name = defaultName, maxSilence = defaultMaxSilence }: Options = {}
) {
  const connection = yield* withAppCredentials(address, name, yield* dial(address, name))
  if (address.inboxPrefix !== undefined) setInboxPrefix(connection, address.inboxPrefix)
  yield* monitorLiveness(connection, maxSilence)
  const problem = unsuitableReason(connection.info)
  if (problem) return yield* new NatsUnreachable({ servers: address.servers, ...problem })
  return connection
})

/** The status after an event of the client. */
const nextStatus = (before: ConnectionStatus, event: Event["type"], now: number, server: string): ConnectionStatus => {
  switch (event) {
    // Each failed attempt to reconnect emits this, too.
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

/**
 * @param elapsedMillis time in the status before, by the monotonic clock; `since` is by a clock that may have been set
 * meanwhile
 */
const logStatus = (before: ConnectionStatus, status: ConnectionStatus, elapsedMillis: number) => {
  switch (status.state) {
    case "up":
      return Effect.logInfo(
        `NATS is up again at ${status.server}` +
          (before.state === "down" ? `, after ${(elapsedMillis / 1000).toFixed(1)} s` : "")
      )
    case "lame duck":
      return Effect.logWarning(`The nats-server at ${status.server} is shutting down; reconnecting to another`)
    case "down":
      return Effect.logWarning("The connection to NATS is down; trying again until it is back")
    default:
      return Effect.void
  }
}

/** Maximum random delay before a client of a server in lame duck mode reconnects, so that not all do so at once. */
const maxReconnectDelayMillis = 1_000

const watchStatus = Effect.fnUntraced(function* (nats: NatsConnection, quiet: boolean) {
  const server = () => nats.getServer()
  const status = yield* SubscriptionRef.make<ConnectionStatus>({
    state: "up",
    since: yield* Clock.currentTimeMillis,
    server: server()
  })
  let changedAtMillis = yield* monotonicMillis
  const lost = yield* Deferred.make<never, ConnectionLost>()
  const reconnectElsewhere = Effect.gen(function* () {
    yield* Effect.sleep(Duration.millis(yield* Random.nextIntBetween(0, maxReconnectDelayMillis)))
    if ((yield* SubscriptionRef.get(status)).state === "lame duck") yield* Effect.tryPromise(() => nats.reconnect())
  })
  const trackStatus = Stream.fromAsyncIterable(nats.status(), (error) => error).pipe(
    Stream.runForEach(({ type }) =>
      Effect.gen(function* () {
        const before = yield* SubscriptionRef.get(status)
        const after = nextStatus(before, type, yield* Clock.currentTimeMillis, server())
        if (after === before) return
        yield* SubscriptionRef.set(status, after)
        const now = yield* monotonicMillis
        if (!quiet) yield* logStatus(before, after, now - changedAtMillis)
        changedAtMillis = now
        if (after.state === "lame duck") yield* Effect.forkScoped(Effect.ignore(reconnectElsewhere))
      })
    ),
    Effect.ignore
  )
  yield* Effect.forkScoped(trackStatus)
  void nats.closed().then((error) => {
    Deferred.doneUnsafe(
      lost,
      Effect.fail(new ConnectionLost({ reason: error ? errorMessage(error) : "it was closed" }))
    )
  })
  return {
    status: SubscriptionRef.get(status),
    changes: SubscriptionRef.changes(status),
    lost: Deferred.await(lost)
  }
})

export interface Options {
  /** The connection's name, as the server shows it. */
  readonly name?: string
  /** Logs no changes of its status: another connection of this process does. */
  readonly quiet?: boolean
  /** How long the link may receive nothing, not even the answer to a ping, before it is dropped; by default 3 s. */
  readonly maxSilence?: Duration.Input
}

/**
 * Connects to a server or a cluster and stays connected until the scope closes. Addresses may contain credentials
 * (`nats://user:password@127.0.0.1:4222`), several are comma-separated. Fails with `NatsUnreachable`.
 */
export const layer = (address: string | ServerAddress, options: Options = {}) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const { servers, ...more }: ServerAddress = typeof address === "string" ? { servers: address } : address
      const connection = yield* openConnection({ ...parseServers(servers), ...more }, options)
      return Context.make(Nats, connection).pipe(
        Context.add(Connection, yield* watchStatus(connection, options.quiet ?? false))
      )
    })
  )
