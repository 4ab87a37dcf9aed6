import { Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import * as Runtime from "#layers/runBoard.ts"
import { Ids } from "#layers/services/Ids.ts"
import type { Services } from "#layers/services/Services.ts"
import { testCluster } from "./cluster.ts"
import { testServer } from "./testServer.ts"

/** An implementation of the services that a board runs on; every suite of services runs on each of them. */
export interface Backend {
  readonly name: string
  readonly services: (board: Board.Any) => Layer.Layer<Services>
}

export const memoryBackend: Backend = { name: "memory", services: Memory.layer }

const serverBackend = (name: string, syncInterval: string): Backend => ({
  name,
  services: (board) =>
    Layer.unwrap(
      Effect.map(testServer({ syncInterval }), ({ url }) => Nats.layer(board, { servers: url, replicas: 1 }))
    ).pipe(Layer.orDie)
})

/** A new server with an empty store. */
export const natsBackend = serverBackend("nats-server", "2m")

/** The same, forcing each write to disk, as the app's own server does. */
export const syncedNatsBackend = serverBackend("a nats-server that syncs", "always")

/** A new cluster of three nodes, configured as deployed; everything has three replicas. */
export const clusterBackend: Backend = {
  name: "three nodes",
  services: (board) =>
    Layer.unwrap(Effect.map(testCluster(), ({ urls }) => Nats.layer(board, { servers: urls, replicas: 3 }))).pipe(
      Layer.orDie
    )
}

/** A running board on a backend. */
export const runningBoard = (board: Board.Any, { services }: Backend) =>
  Runtime.layer(board).pipe(Layer.provideMerge(services(board)), Layer.provide(Ids.layer))
