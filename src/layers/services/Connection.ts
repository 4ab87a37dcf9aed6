import { Context, Data, Effect, Layer, Stream } from "effect"

/** The status of the connection to the server. `since`: milliseconds since 1970. */
export type ConnectionStatus =
  | { readonly state: "connecting" }
  | { readonly state: "up"; readonly since: number; readonly server: string }
  /** The server is about to shut down; the client looks for another one. */
  | { readonly state: "lame duck"; readonly since: number; readonly server: string }
  | { readonly state: "down"; readonly since: number }
  /** Closed for good: only a new process connects again. */
  | { readonly state: "closed"; readonly since: number }

/** The connection was closed for good, and not by this process. */
export class ConnectionLost extends Data.TaggedError("ConnectionLost")<{ readonly reason: string }> {
  override get message() {
    return `The connection to NATS was closed for good: ${this.reason}. Fix the cause, and start the app again.`
  }
}

const memoryStatus: ConnectionStatus = { state: "up", since: 0, server: "memory" }

/** Whether the server is reachable now. Readiness, logs and waiting code depend on it. */
export class Connection extends Context.Service<
  Connection,
  {
    readonly status: Effect.Effect<ConnectionStatus>
    /** The current status, then each new one. */
    readonly changes: Stream.Stream<ConnectionStatus>
    /** Never succeeds; fails when the connection is closed for good. */
    readonly lost: Effect.Effect<never, ConnectionLost>
  }
>()("layers/Connection") {
  /** Always up, since there is no server. */
  static readonly layerMemory = Layer.succeed(Connection, {
    status: Effect.succeed(memoryStatus),
    changes: Stream.concat(Stream.succeed(memoryStatus), Stream.never),
    lost: Effect.never
  })
}
