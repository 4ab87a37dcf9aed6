import { Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Automations from "./automations/Automations.ts"
import * as CommandHandler from "./commands/commandHandler.ts"
import { DeadLetters } from "./deadLetters/DeadLetters.ts"
import * as VoidedPositions from "./deadLetters/voidPosition.ts"
import * as LogTail from "./monitoring/tail/LogTail.ts"
import { ProcessorErrors } from "./processors/ProcessorErrors.ts"
import * as InstrumentedCommands from "./telemetry/instrumentedCommands.ts"
import * as StateCollector from "./telemetry/metrics/stateCollector.ts"
import * as TracedEventLog from "./telemetry/tracing/tracedEventLog.ts"
import * as TracedSubscriptions from "./telemetry/tracing/tracedSubscriptions.ts"
import * as Views from "./views/Views.ts"

/** Runs a board on its services: commands, read models, automations and monitoring. */
export const layer = (board: Board.Any) =>
  Layer.mergeAll(
    Layer.provide(Views.layer(board), TracedSubscriptions.layer()),
    Automations.layer(board),
    LogTail.layer(board),
    VoidedPositions.layer,
    StateCollector.layer(board)
  ).pipe(
    Layer.provideMerge(
      InstrumentedCommands.layer(CommandHandler.layer(board).pipe(Layer.provide(TracedEventLog.layer(board))))
    ),
    Layer.provideMerge(DeadLetters.layer),
    Layer.provideMerge(ProcessorErrors.layer)
  )
