import { Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Automations from "./automations/Automations.ts"
import * as Execute from "./commands/commandHandler.ts"
import * as SoundCommands from "./commands/verifiedCommands.ts"
import { DeadLetters } from "./deadLetters/DeadLetters.ts"
import * as Voiding from "./deadLetters/voidPosition.ts"
import * as Watch from "./monitoring/tail/LogTail.ts"
import { ProcessorErrors } from "./processors/ProcessorErrors.ts"
import * as Views from "./views/Views.ts"

/** A board at work on its services: commands, read models, gears, and whoever looks on. */
export const layer = (board: Board.Any) =>
  Layer.mergeAll(Views.layer(board), Automations.layer(board), Watch.layer(board), Voiding.layer).pipe(
    Layer.provideMerge(SoundCommands.layer.pipe(Layer.provide(Execute.layer(board)))),
    Layer.provideMerge(DeadLetters.layer),
    Layer.provideMerge(ProcessorErrors.layer)
  )
