import type { Board } from "#domain/grammar/index.ts"
import { Layer } from "effect"
import * as Watch from "../watch/Watch.ts"
import * as Automations from "./Automations.ts"
import * as Execute from "./execute.ts"
import * as SoundCommands from "./soundCommands.ts"
import { Parking } from "./Parking.ts"
import { Troubles } from "./Troubles.ts"
import * as Views from "./Views.ts"
import * as Voiding from "./voiding.ts"

/** A board at work on its services: commands, read models, gears, and whoever looks on. */
export const layer = (board: Board.Any) =>
  Layer.mergeAll(Views.layer(board), Automations.layer(board), Watch.layer(board), Voiding.layer).pipe(
    Layer.provideMerge(SoundCommands.layer.pipe(Layer.provide(Execute.layer(board)))),
    Layer.provideMerge(Parking.layer),
    Layer.provideMerge(Troubles.layer)
  )
