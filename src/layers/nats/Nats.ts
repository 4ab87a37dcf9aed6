import { connect, type NatsConnection } from "@nats-io/transport-node"
import { Context, Data, Effect, Layer } from "effect"
import { says } from "./deliveries.ts"

/** There is no server to talk to, or not one that will do. */
export class NatsUnreachable extends Data.TaggedError("NatsUnreachable")<{
  readonly servers: string
  readonly reason: string
}> {
  override get message() {
    return (
      `NATS at ${this.servers} cannot be used: ${this.reason}. ` +
      "Start a nats-server with JetStream there, or leave NATS_URL out to have one started."
    )
  }
}

/** The connection to NATS. It reconnects for ever; what is in flight when the link drops is failed by its sender. */
export class Nats extends Context.Service<Nats, NatsConnection>()("layers/nats/Nats") {}

/** Before it, batches that are right were refused (nats-server#8376). */
const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/u).map(Number)
  const at = major * 1e6 + minor * 1e3 + patch
  return at >= 2_014_004 || (at >= 2_012_014 && at < 2_013_000)
}

/** @param servers one address or several, comma-separated: `nats://127.0.0.1:4222` */
export const layer = (servers: string) =>
  Layer.effect(
    Nats,
    Effect.gen(function* () {
      const fail = (reason: string) => new NatsUnreachable({ servers, reason })
      const connection = yield* Effect.acquireRelease(
        Effect.tryPromise({
          try: () =>
            connect({
              servers: servers.split(",").map((server) => server.trim()),
              name: "event-model",
              maxReconnectAttempts: -1,
              reconnectTimeWait: 250,
              reconnectJitter: 250,
              pingInterval: 2_000,
              maxPingOut: 2,
              timeout: 5_000
            }),
          catch: (error) => fail(says(error))
        }),
        (connection) => Effect.promise(() => connection.close())
      )
      const { version = "unknown", jetstream } = connection.info ?? {}
      if (!isNewEnough(version)) return yield* fail(`it is nats-server ${version}, and 2.14.4 or newer is needed`)
      if (!jetstream) return yield* fail("JetStream is not enabled there")
      return connection
    })
  )
