import type { NatsConnection } from "@nats-io/transport-node"
import { Data, Effect } from "effect"

/** More than one replica is configured, but the server is not part of a cluster. */
export class NoCluster extends Data.TaggedError("NoCluster")<{ readonly replicas: number; readonly server: string }> {
  override get message() {
    return (
      `NATS_REPLICAS is ${this.replicas}, but the nats-server at ${this.server} is not part of a cluster and can keep one ` +
      `replica only. Name a cluster of ${this.replicas} nodes or more in NATS_URL (deploy/compose.yaml starts one of three), ` +
      "or leave NATS_REPLICAS out."
    )
  }
}

/** Fails where the server would reject the streams, before anything is changed there. */
export const requireCluster = (nats: NatsConnection, replicas: number): Effect.Effect<void, NoCluster> =>
  replicas > 1 && nats.info?.cluster === undefined
    ? Effect.fail(new NoCluster({ replicas, server: nats.getServer() }))
    : Effect.void
