import { Context, Data, Effect, Layer, Stream } from "effect"

/** How the link to what the board stands on is. `since`: milliseconds since 1970. */
export type ConnectionStatus =
  | { readonly state: "connecting" }
  | { readonly state: "up"; readonly since: number; readonly server: string }
  /** The server is about to leave; another is looked for. */
  | { readonly state: "lame duck"; readonly since: number; readonly server: string }
  | { readonly state: "down"; readonly since: number }
  /** For good: only a new process connects again. */
  | { readonly state: "closed"; readonly since: number }

/** The link was closed for good, though nobody here asked for it. */
export class ConnectionLost extends Data.TaggedError("ConnectionLost")<{ readonly reason: string }> {
  override get message() {
    return `The connection to NATS was closed for good: ${this.reason}. Put that right, and start the app again.`
  }
}

const memoryStatus: ConnectionStatus = { state: "up", since: 0, server: "memory" }

/** Whether the server can be reached right now. Readiness, logs and waiting code follow it. */
export class Connection extends Context.Service<
  Connection,
  {
    readonly status: Effect.Effect<ConnectionStatus>
    /** The status now, and each later one. */
    readonly changes: Stream.Stream<ConnectionStatus>
    /** Never succeeds; fails when the link is closed for good. */
    readonly lost: Effect.Effect<never, ConnectionLost>
  }
>()("layers/Connection") {
  /** No server, no link: always there. */
  static readonly layerMemory = Layer.succeed(Connection, {
    status: Effect.succeed(memoryStatus),
    changes: Stream.concat(Stream.succeed(memoryStatus), Stream.never),
    lost: Effect.never
  })
}
