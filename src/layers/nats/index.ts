import type { Board } from "#domain/grammar/index.ts"
import { Effect, Layer } from "effect"
import * as AuditNats from "./AuditNats.ts"
import * as ConsumersNats from "./ConsumersNats.ts"
import * as EventLogNats from "./EventLogNats.ts"
import * as Fresh from "./freshReads.ts"
import * as HealthNats from "./HealthNats.ts"
import * as KeyValueNats from "./KeyValueNats.ts"
import * as LogReaderNats from "./LogReaderNats.ts"
import * as Nats from "./Nats.ts"
import { provision } from "./provision.ts"
import { Requests } from "./Requests.ts"
import type { ServerAddress } from "./serverAddress.ts"

const eventLog = (board: Board.Any, replicas: number) =>
  replicas > 1 ? Fresh.eventLog(board).pipe(Layer.provide(EventLogNats.layer(board))) : EventLogNats.layer(board)

const keyValue = (replicas: number) =>
  replicas > 1 ? Fresh.keyValue.pipe(Layer.provide(KeyValueNats.layer(replicas))) : KeyValueNats.layer(replicas)

/**
 * All the services that a board runs on, from one NATS server or cluster, whose streams, buckets and consumers are
 * set up first.
 */
export const layer = (board: Board.Any, options: ServerAddress & { readonly replicas: number }) =>
  Layer.mergeAll(
    ConsumersNats.layer(board, options.replicas),
    keyValue(options.replicas),
    AuditNats.layer(board),
    HealthNats.layer(board),
    LogReaderNats.layer(board)
  ).pipe(
    Layer.provideMerge(eventLog(board, options.replicas)),
    Layer.provideMerge(Requests.layer),
    Layer.provide(Layer.effectDiscard(Effect.suspend(() => provision(board, options.replicas)))),
    Layer.provideMerge(Nats.layer(options))
  )
