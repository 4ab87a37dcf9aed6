import { Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import { Connection } from "#layers/services/Connection.ts"
import { Integrity } from "#layers/services/Integrity.ts"
import * as Voided from "#layers/services/VoidedPositions.ts"
import * as AuditMemory from "./AuditMemory.ts"
import * as EventLogMemory from "./EventLogMemory.ts"
import * as HealthMemory from "./HealthMemory.ts"
import * as KeyValueMemory from "./KeyValueMemory.ts"
import * as LogReaderMemory from "./LogReaderMemory.ts"
import * as ConsumersMemory from "./SubscriptionsMemory.ts"

/** All the services that a board runs on, in this process and only as long as it. */
export const layer = (board: Board.Any) =>
  Layer.mergeAll(ConsumersMemory.layer, HealthMemory.layer, LogReaderMemory.layer(board)).pipe(
    Layer.provideMerge(EventLogMemory.layer(board)),
    Layer.provideMerge(EventLogMemory.MemoryLog.layer),
    Layer.provideMerge(Voided.layer),
    Layer.provideMerge(KeyValueMemory.layer),
    Layer.merge(Connection.layerMemory),
    Layer.merge(Integrity.layerMemory),
    Layer.merge(AuditMemory.layer(board))
  )
