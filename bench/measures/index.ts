import type { Measure } from "../Measure.ts"
import { batch } from "./batch.ts"
import { besideAll } from "./beside.ts"
import { bot } from "./bot.ts"
import { execute } from "./execute.ts"
import { growth } from "./growth.ts"
import { http, httpCommands } from "./http.ts"
import { memory } from "./memory.ts"
import { peers } from "./peers.ts"
import { placeForgotten, placeRemembered } from "./place.ts"
import { rebuild } from "./rebuild.ts"
import { refusal } from "./refusal.ts"
import { start, startAfterRush } from "./start.ts"
import { visible } from "./visible.ts"

/** Everything that is measured, in the table's order. */
export const measures: ReadonlyArray<Measure<any>> = [
  execute,
  placeRemembered,
  placeForgotten,
  refusal,
  batch,
  http,
  httpCommands,
  bot,
  visible,
  rebuild,
  ...growth,
  ...besideAll,
  startAfterRush,
  start,
  memory,
  ...peers
]
