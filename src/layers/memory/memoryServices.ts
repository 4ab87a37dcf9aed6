import { Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as VoidedPositions from "#layers/buckets/VoidedPositions.ts"
import { Connection } from "#layers/services/Connection.ts"
import { Integrity } from "#layers/services/Integrity.ts"
import * as AuditMemory from "./AuditMemory.ts"
import * as EventLogMemory from "./EventLogMemory.ts"
import * as HealthMemory from "./HealthMemory.ts"
import * as KeyValueMemory from "./KeyValueMemory.ts"
import * as LogReaderMemory from "./LogReaderMemory.ts"
import { MemoryLog } from "./MemoryLog.ts"
import * as MessageSenderMemory from "./MessageSenderMemory.ts"
import * as SubscriptionsMemory from "./SubscriptionsMemory.ts"

/** All services of a board, in the memory of this process. The log is a new one, unless another is given. */
export const layer = (board: Board.Any, log: Layer.Layer<MemoryLog> = MemoryLog.layer) =>
  Layer.mergeAll(SubscriptionsMemory.layer, HealthMemory.layer, LogReaderMemory.layer(board)).pipe(
    Layer.provideMerge(EventLogMemory.layer(board)),
    Layer.provideMerge(log),
    Layer.provideMerge(VoidedPositions.layer),
    Layer.provideMerge(KeyValueMemory.layer),
    Layer.merge(Connection.layerMemory),
    Layer.merge(Integrity.layerMemory),
    Layer.merge(AuditMemory.layer(board)),
    Layer.merge(MessageSenderMemory.layer(board))
  )
