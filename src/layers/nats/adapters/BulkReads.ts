import type { NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer } from "effect"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { Requests } from "#layers/nats/connection/Requests.ts"

/**
 * A second connection, for large responses: scans of the log, long lists of rows, and the log tail that keeps the
 * counts. On the main connection they would delay acknowledgements and heartbeats.
 */
export class BulkReads extends Context.Service<
  BulkReads,
  { readonly nats: NatsConnection; readonly requests: Requests["Service"] }
>()("layers/nats/BulkReads") {}

/** @param address as for the main connection */
export const layer = (address: Parameters<typeof Nats.layer>[0]) =>
  Layer.effect(
    BulkReads,
    Requests.layer.pipe(
      Layer.provideMerge(Nats.layer(address, { name: "event-model-reads", quiet: true })),
      Layer.fresh,
      Layer.build,
      Effect.map((built) => ({ nats: Context.get(built, Nats.Nats), requests: Context.get(built, Requests) }))
    )
  )
