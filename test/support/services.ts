import { Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import * as Runtime from "#layers/runBoard.ts"
import { Ids } from "#layers/services/Ids.ts"
import type { Services } from "#layers/services/Services.ts"
import { testCluster } from "./cluster.ts"
import { testServer } from "./nats.ts"

/** A way to give a board what it runs on; every suite of services is run on each of them. */
export interface Ground {
  readonly name: string
  readonly services: (board: Board.Any) => Layer.Layer<Services>
}

export const onMemory: Ground = { name: "memory", services: Memory.layer }

const onServer = (name: string, syncInterval: string): Ground => ({
  name,
  services: (board) =>
    Layer.unwrap(
      Effect.map(testServer({ syncInterval }), ({ url }) => Nats.layer(board, { servers: url, replicas: 1 }))
    ).pipe(Layer.orDie)
})

/** A real server of its own, with an empty store. */
export const onNats = onServer("nats-server", "2m")

/** The same, forcing each write to disk, as the app's own server does. */
export const onSyncedNats = onServer("a nats-server that syncs", "always")

/** Three nodes of their own, as they are deployed; everything has three replicas. */
export const onCluster: Ground = {
  name: "three nodes",
  services: (board) =>
    Layer.unwrap(Effect.map(testCluster(), ({ urls }) => Nats.layer(board, { servers: urls, replicas: 3 }))).pipe(
      Layer.orDie
    )
}

/** A board at work on its ground. */
export const running = (board: Board.Any, { services }: Ground) =>
  Runtime.layer(board).pipe(Layer.provideMerge(services(board)), Layer.provide(Ids.layer))
