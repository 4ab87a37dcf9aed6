import { Effect, Layer, type Scope } from "effect"
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

/** A backend on which several instances of the app can run. */
export interface SharedBackend extends Backend {
  /** Starts the backend. Each fresh build of the layer is one more instance of the app on it, with a connection of its own. */
  readonly start: (board: Board.Any) => Effect.Effect<Layer.Layer<Services>, never, Scope.Scope>
}

const backend = (name: string, start: SharedBackend["start"]): SharedBackend => ({
  name,
  start,
  services: (board) => Layer.unwrap(start(board))
})

export const memoryBackend: SharedBackend = {
  ...backend("memory", (board) => Effect.map(Layer.build(Layer.fresh(Memory.layer(board))), Layer.succeedContext)),
  services: Memory.layer
}

const serverBackend = (name: string, syncInterval: string): SharedBackend =>
  backend(name, (board) =>
    Effect.map(Effect.orDie(testServer({ syncInterval })), ({ url }) =>
      Layer.orDie(Nats.layer(board, { servers: url, replicas: 1 }))
    )
  )

/** A new server with an empty store. */
export const natsBackend = serverBackend("nats-server", "2m")

/** The same, forcing each write to disk, as the app's own server does. */
export const syncedNatsBackend = serverBackend("a nats-server that syncs", "always")

/** A new cluster of three nodes, configured as deployed; everything has three replicas. */
export const clusterBackend: SharedBackend = backend("three nodes", (board) =>
  Effect.map(Effect.orDie(testCluster()), ({ urls }) => Layer.orDie(Nats.layer(board, { servers: urls, replicas: 3 })))
)

/** A running board on a backend. */
export const runningBoard = (board: Board.Any, { services }: Backend) =>
  Runtime.layer(board).pipe(Layer.provideMerge(services(board)), Layer.provide(Ids.layer))
