import type { NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer } from "effect"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { Requests } from "#layers/nats/connection/Requests.ts"

/**
 * A second connection, for large answers: scans of the log, wide lists of rows, and the reader that counts. On the first
 * one they would hold up acknowledgements and heartbeats behind them.
 */
export class BulkReads extends Context.Service<
  BulkReads,
  { readonly nats: NatsConnection; readonly requests: Requests["Service"] }
>()("layers/nats/BulkReads") {}

/** @param to as for the first connection */
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
