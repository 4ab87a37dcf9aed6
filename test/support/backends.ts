import { Effect, Layer, Result, type Scope } from "effect"
import type { Board } from "#domain/model/index.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import type { RawMessage } from "#layers/codec/eventDecoder.ts"
import { HeaderBlock } from "#layers/codec/HeaderBlock.ts"
import { MemoryLog } from "#layers/memory/MemoryLog.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import * as Runtime from "#layers/runBoard.ts"
import { isUndecodable, type LogEntry } from "#layers/services/EventLog.ts"
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
  /** Starts the backend for one board after another, on one log. */
  readonly keep: Effect.Effect<(board: Board.Any) => Layer.Layer<Services>, never, Scope.Scope>
}

const backend = (name: string, keep: SharedBackend["keep"]): SharedBackend => {
  const start = (board: Board.Any) => Effect.map(keep, (open) => open(board))
  return { name, keep, start, services: (board) => Layer.unwrap(start(board)) }
}

/** A log in memory that outlives its board: encoded, so that the next board decodes what it can. */
const keepMemoryLog = Effect.sync(() => {
  let stored: ReadonlyArray<RawMessage> = []
  return (board: Board.Any) => {
    const { decodeLazily, encode } = cloudEventCodec(board)
    const toMessage = (entry: LogEntry): RawMessage => {
      if (isUndecodable(entry)) return stored[entry.position - 1]!
      const { data, headers } = encode(entry)
      const { position, subject } = entry
      return { position, subject, headers: HeaderBlock.of(`NATS/1.0\r\n${headers}`), data: () => JSON.parse(data) }
    }
    const saved = Layer.effectDiscard(
      Effect.flatMap(MemoryLog, ({ messages }) =>
        Effect.addFinalizer(() => Effect.sync(() => void (stored = messages.map(toMessage))))
      )
    )
    const log = Layer.suspend(() => MemoryLog.having(stored.map((message) => Result.merge(decodeLazily(message)))))
    return Layer.fresh(Memory.layer(board, saved.pipe(Layer.provideMerge(log))))
  }
})

export const memoryBackend: SharedBackend = {
  name: "memory",
  start: (board) => Effect.map(Layer.build(Layer.fresh(Memory.layer(board))), Layer.succeedContext),
  keep: keepMemoryLog,
  services: (board) => Memory.layer(board)
}

const serverBackend = (name: string, syncInterval: string): SharedBackend =>
  backend(
    name,
    Effect.map(
      Effect.orDie(testServer({ syncInterval })),
      ({ url }) =>
        (board) =>
          Layer.orDie(Nats.layer(board, { servers: url, replicas: 1 }))
    )
  )

/** A new server with an empty store. */
export const natsBackend = serverBackend("nats-server", "2m")

/** The same, forcing each write to disk, as the app's own server does. */
export const syncedNatsBackend = serverBackend("a nats-server that syncs", "always")

/** A new cluster of three nodes, configured as deployed; everything has three replicas. */
export const clusterBackend: SharedBackend = backend(
  "three nodes",
  Effect.map(
    Effect.orDie(testCluster()),
    ({ urls }) =>
      (board) =>
        Layer.orDie(Nats.layer(board, { servers: urls, replicas: 3 }))
  )
)

/** A running board on a backend. */
export const runningBoard = (board: Board.Any, { services }: Pick<Backend, "services">) =>
  Runtime.layer(board).pipe(Layer.provideMerge(services(board)), Layer.provide(Ids.layer))
