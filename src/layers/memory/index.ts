import type { Board } from "#domain/grammar/index.ts"
import { Layer } from "effect"
import { Connection } from "../Connection.ts"
import { Integrity } from "../Integrity.ts"
import * as AuditMemory from "./AuditMemory.ts"
import * as ConsumersMemory from "./ConsumersMemory.ts"
import * as EventLogMemory from "./EventLogMemory.ts"
import * as HealthMemory from "./HealthMemory.ts"
import * as KeyValueMemory from "./KeyValueMemory.ts"
import * as LogReaderMemory from "./LogReaderMemory.ts"
import * as Voided from "../VoidedPositions.ts"

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
